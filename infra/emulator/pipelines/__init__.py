"""SageMaker pipelines that really run: steps as jobs, references, conditions, retries."""

from __future__ import annotations

from infra.emulator.context import Context
from infra.emulator.pipelines.api import operations
from infra.emulator.pipelines.executor import Executor
from infra.emulator.sagemaker_api import register


def install(context: Context) -> None:
    """Answer the pipeline operations until the emulator stops."""
    register(context, operations(Executor(context)))
