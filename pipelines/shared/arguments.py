"""Arguments that several steps take."""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join

from pipelines.settings import BuildSettings


def as_of_arguments(as_of: Any) -> list[Any]:  # noqa: ANN401 - a pipeline parameter
    """Return the moment a step looks back from: the parameter, or the execution's start.

    The blank before the parameter's value keeps the argument from being empty: SageMaker's API
    takes an empty one, but nothing says that a container is then given it.
    """
    return ["--as-of", Join(on="", values=[" ", as_of]), "--now", ExecutionVariables.START_DATETIME]


def metric_arguments(settings: BuildSettings) -> list[str]:
    """Return the arguments of a step that publishes metrics."""
    return [
        "--namespace",
        settings.metric_namespace,
        "--stack",
        settings.stack,
        "--use-case",
        settings.use_case,
    ]
