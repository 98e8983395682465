"""A stack's pipelines as another orchestrator sees them: name, parameters, steps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

from infra.orchestrators.errors import ExportError
from infra.program import build_settings
from pipelines.compile import compile_use_case
from stacks.batch_scoring import BatchScoring
from stacks.config import StackConfig
from stacks.errors import close_to
from stacks.layers import load
from stacks.monitoring import Drift
from stacks.use_case import UseCase

SCHEDULED: Final = {"drift": "drift", "batch": "batch_scoring"}
"""Pipelines that start by the clock, and the part of a use case's settings that says when."""
TIME_PARAMETER: Final = "AsOf"
"""What such a pipeline is told its scheduled time by."""
Type = Literal["String", "Integer", "Float", "Boolean"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """What an execution is told."""

    name: str
    type: Type
    default: str | float | bool | None
    """``None`` where an execution must be told."""
    choices: tuple[str | float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step, those of a condition's branches included."""

    name: str
    type: str
    """SageMaker's word: ``Processing``, ``Condition``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """A SageMaker pipeline, as far as who starts it needs to know."""

    stack: str
    use_case: str
    short_name: str
    """``training``: the name within the use case."""
    name: str
    """SageMaker's: ``<stack>-<use case>-<short name>``."""
    region: str
    owner: str
    tags: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    steps: tuple[Step, ...]
    schedule: str | None = None
    """When the settings have it start, ``cron(...)`` or ``rate(...)`` in UTC; ``None`` never."""
    schedule_key: str = ""
    """Key of the settings that says so."""

    @property
    def origin(self) -> str:
        """Where its definition is written, for messages."""
        return f"pipelines/{self.use_case}/{self.short_name}_pipeline.py"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What is exported of a stack."""

    config: StackConfig
    pipelines: tuple[Pipeline, ...]
    whole: bool
    """Every pipeline of the stack: what else was generated from it before is out of date."""


def choose(
    stack: str, root: Path, *, use_case: str | None = None, pipeline: str | None = None
) -> Chosen:
    """Compile the stack's pipelines and return those that are asked for.

    Raises:
        ExportError: the stack has no such use case or pipeline.
        StackError: the stack is unknown or its files break rules.
        CompileError: a use case does not compile.
    """
    config = load(stack, root).config
    names = [use_case] if use_case else list(config.use_cases)
    among(f"stacks/Pulumi.{stack}.yaml: use_case", names, config.use_cases)
    found = [one for name in names for one in _of(config, name)]
    if pipeline is not None:
        where = f"{stack}: pipeline" if use_case is None else f"pipelines/{use_case}: pipeline"
        among(where, [pipeline], [one.short_name for one in found])
        found = [one for one in found if one.short_name == pipeline]
    whole = use_case is None and pipeline is None
    return Chosen(config=config, pipelines=tuple(found), whole=whole)


def described(config: StackConfig, use_case: str, short_name: str, definition: str) -> Pipeline:
    """Read a definition."""
    read: dict[str, Any] = json.loads(definition)
    return Pipeline(
        stack=config.stack,
        use_case=use_case,
        short_name=short_name,
        name=f"{config.stack}-{use_case}-{short_name}",
        region=config.region,
        owner=config.owner,
        tags={
            **config.tags,
            "team": config.team,
            "environment": config.environment,
            "use_case": use_case,
        },
        parameters=tuple(_parameter(one) for one in read.get("Parameters") or ()),
        steps=tuple(_steps(read["Steps"])),
        schedule=_schedule(config.use_cases[use_case], short_name),
        schedule_key=f"use_cases.{use_case}.{SCHEDULED.get(short_name, short_name)}.schedule",
    )


def _schedule(settings: UseCase, short_name: str) -> str | None:
    scheduled: Drift | BatchScoring | None = getattr(settings, SCHEDULED.get(short_name, ""), None)
    return None if scheduled is None else scheduled.schedule


def _of(config: StackConfig, use_case: str) -> Iterator[Pipeline]:
    compiled = compile_use_case(use_case, build_settings(config, use_case))
    for name, pipeline in sorted(compiled.pipelines.items()):
        yield described(config, use_case, name, pipeline.definition)


def _parameter(said: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=said["Name"],
        type=cast(Type, said["Type"]),
        default=said.get("DefaultValue"),
        choices=tuple(said.get("EnumValues") or ()),
    )


def _steps(said: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    for step in said:
        yield Step(name=step["Name"], type=step["Type"])
        if step["Type"] == "Condition":
            for branch in ("IfSteps", "ElseSteps"):
                yield from _steps(step["Arguments"].get(branch) or ())


def among(what: str, asked: Sequence[str], known: Sequence[str] | Mapping[str, Any]) -> None:
    """Refuse what is not known.

    Raises:
        ExportError: names what is known, and what is close to it.
    """
    for one in asked:
        if one not in known:
            close = close_to(one, known)
            hint = f"; close to it: {', '.join(close)}" if close else ""
            raise ExportError(f"{what} must be one of {sorted(set(known))}, got {one!r}{hint}")
