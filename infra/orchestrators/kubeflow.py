"""Kubeflow Pipelines: a pipeline of one step for each of SageMaker's, and its compiled form."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.orchestrators.errors import ExportError
from infra.orchestrators.files import Generated, compiled
from infra.orchestrators.loading import compile_kubeflow
from infra.orchestrators.pipelines import Chosen, Parameter, Pipeline
from infra.orchestrators.render import rendered
from stacks.orchestrators import Kubeflow

RUN_ID: Final = "kubeflow_run_id"
"""What the step is told beside the pipeline's parameters."""
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_TYPES: Final = {"String": "str", "Integer": "int", "Float": "float", "Boolean": "bool"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Argument:
    name: str
    annotation: str
    default: object
    has_default: bool


def generate(chosen: Chosen, command: str, *, python: Path | None) -> Generated:
    """Return a Python file for each pipeline, compiled beside it where ``python`` has kfp.

    Raises:
        ExportError: Kubeflow refuses a name, or does not compile a file; tells file and rule.
    """
    if problems := [one for pipeline in chosen.pipelines for one in _problems(pipeline)]:
        raise ExportError("\n".join(problems))
    settings = chosen.config.orchestrators.kubeflow
    files = {f"{one.name.replace('-', '_')}.py": source(one, settings) for one in chosen.pipelines}
    compiled(files)
    if python is not None:
        files |= compile_kubeflow(files, python)
    return Generated(command=command, files=files, shared={}, whole=chosen.whole)


def source(pipeline: Pipeline, settings: Kubeflow) -> str:
    """Return the file that declares a pipeline."""
    return rendered(
        "kubeflow_pipeline.py.jinja",
        title=f"{pipeline.short_name} of {pipeline.use_case}, {pipeline.stack}",
        module=pipeline.name.replace("-", "_"),
        pipeline=pipeline,
        settings=settings,
        steps="\n".join(f"- {step.name} ({step.type})" for step in pipeline.steps),
        packages=["boto3"] if settings.installs_packages else [],
        parameters=_arguments(pipeline.parameters),
    )


def _arguments(parameters: tuple[Parameter, ...]) -> list[_Argument]:
    """Return the parameters, those that must be given first, as Python wants them."""
    made = [
        _Argument(
            name=one.name,
            annotation=_TYPES[one.type],
            default=one.default,
            has_default=one.default is not None,
        )
        for one in parameters
    ]
    return sorted(made, key=lambda one: one.has_default)


def _problems(pipeline: Pipeline) -> Iterator[str]:
    if not _NAME.fullmatch(pipeline.name):
        yield (
            f"{pipeline.origin}: name of a Kubeflow pipeline must be lower-case letters, digits"
            f" and dashes, got {pipeline.name!r}"
        )
    for one in pipeline.parameters:
        if not one.name.isidentifier() or keyword.iskeyword(one.name) or one.name == RUN_ID:
            yield (
                f"{pipeline.origin}: parameter of a Kubeflow pipeline must be a name in Python"
                f" and not {RUN_ID}, got {one.name!r}"
            )
