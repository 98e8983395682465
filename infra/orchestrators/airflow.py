"""Airflow: a DAG for each pipeline, and the operator that runs them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.orchestrators.errors import ExportError
from infra.orchestrators.files import Generated
from infra.orchestrators.pipelines import TIME_PARAMETER, Chosen, Parameter, Pipeline
from infra.orchestrators.render import literal, rendered
from infra.orchestrators.schedules import timetable
from stacks.orchestrators import Orchestrators

PLUGIN: Final = Path(__file__).parent / "plugins" / "mlops_sagemaker.py"
LONGEST_TAG: Final = 100
LONGEST_ID: Final = 250
LONGEST_VALUE: Final = 1024
"""Characters of a parameter's value: SageMaker's."""
_ID: Final = re.compile(r"[A-Za-z0-9_.-]+")
_TYPES: Final = {"String": "string", "Integer": "integer", "Float": "number", "Boolean": "boolean"}


def generate(chosen: Chosen, command: str) -> Generated:
    """Return DAGs for ``dags/`` and the operator for ``plugins/``.

    Raises:
        ExportError: Airflow refuses a name; tells file, rule and value of each.
    """
    if problems := [one for pipeline in chosen.pipelines for one in _problems(pipeline)]:
        raise ExportError("\n".join(problems))
    settings = chosen.config.orchestrators
    return Generated(
        command=command,
        files={
            f"dags/{one.name.replace('-', '_')}.py": dag(one, settings) for one in chosen.pipelines
        },
        shared={"plugins/mlops_sagemaker.py": PLUGIN.read_text(encoding="utf-8")},
        whole=chosen.whole,
    )


def dag(pipeline: Pipeline, settings: Orchestrators) -> str:
    """Return the file that declares a pipeline's DAG.

    Raises:
        ExportError: its schedule is one that Airflow has no word for.
    """
    timed = pipeline.schedule if settings.schedules == "airflow" else None
    origin = f"stacks/Pulumi.{pipeline.stack}.yaml: {pipeline.schedule_key}"
    return rendered(
        "airflow_dag.py.jinja",
        title=f"{pipeline.short_name} of {pipeline.use_case}, {pipeline.stack}",
        pipeline=pipeline,
        settings=settings.airflow,
        timetable=None if timed is None else timetable(timed, origin),
        time_parameter=None if timed is None else TIME_PARAMETER,
        doc="\n".join(
            [
                f"Starts the SageMaker pipeline `{pipeline.name}` and ends as it ends. Its steps:",
                "",
                *(f"- {step.name} ({step.type})" for step in pipeline.steps),
            ]
        ),
        tags=[f"{key}:{value}" for key, value in sorted(pipeline.tags.items())],
        params={one.name: _param(one) for one in pipeline.parameters},
    )


def _param(parameter: Parameter) -> str:
    """Return the arguments of a DAG's param.

    A text that is empty by default is null here: Airflow's form takes an empty field for missing.
    """
    kind: str | list[str] = _TYPES[parameter.type]
    default: object = parameter.default
    more: dict[str, object] = {}
    if parameter.type == "String":
        more["maxLength"] = LONGEST_VALUE
        if default == "":
            kind, default = ["null", "string"], None
    if parameter.choices:
        more["enum"] = list(parameter.choices)
    has_default = parameter.default is not None
    arguments = [literal(default)] if has_default else []
    named = {"type": kind, **more}
    return ", ".join([*arguments, *(f"{key}={literal(one)}" for key, one in named.items())])


def _problems(pipeline: Pipeline) -> Iterator[str]:
    if not _ID.fullmatch(pipeline.name) or len(pipeline.name) > LONGEST_ID:
        yield (
            f"{pipeline.origin}: name of a DAG must be letters, digits, dashes, dots and"
            f" underscores, {LONGEST_ID} at most, got {pipeline.name!r}"
        )
    for key, value in pipeline.tags.items():
        if len(f"{key}:{value}") > LONGEST_TAG:
            yield (
                f"stacks/Pulumi.{pipeline.stack}.yaml: tag of a DAG must have at most"
                f" {LONGEST_TAG} characters, got {f'{key}:{value}'!r}"
            )
