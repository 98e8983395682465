"""``PutTargets``: AWS's checks, which moto leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend

from infra.emulator.context import Context
from infra.emulator.events.transform import TransformError, select
from infra.emulator.patches import replace

MAX_TARGETS = 5
"""Targets of a rule."""
INPUTS = ("Input", "InputPath", "InputTransformer")
NEED_ROLE = ("sagemaker", "codebuild", "states", "ecs", "kinesis", "batch", "codepipeline")
"""Services that EventBridge calls with a role and not under a resource policy."""


def install_put_targets(context: Context) -> None:
    """Refuse targets that AWS would refuse."""

    def put_targets(
        backend: EventsBackend, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]
    ) -> None:
        for target in targets:
            check(target)
        bus = backend.event_buses.get((event_bus_arn or "default").rsplit("/", 1)[-1])
        if bus is not None and name in bus.rules:
            _check_number(bus.rules[name].targets, targets)
        put_by_moto(backend, name, event_bus_arn, targets)

    put_by_moto = replace(context, EventsBackend, "put_targets", put_targets)


def check(target: Mapping[str, Any]) -> None:
    """Refuse a target.

    Raises:
        ValidationException: no role where one is needed, several inputs, or a wrong JSONPath.
    """
    name = target["Id"]
    parts = str(target["Arn"]).split(":")
    if len(parts) > 2 and parts[2] in NEED_ROLE and not target.get("RoleArn"):  # noqa: PLR2004 - the service
        raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
    if len(given := [kind for kind in INPUTS if target.get(kind) is not None]) > 1:
        raise ValidationException(
            f"Only one of {list(INPUTS)} may be given for {name}, got {given}"
        )
    for path in _paths(target):
        try:
            select({}, path)
        except TransformError as error:
            raise ValidationException(f"Invalid path of target {name}. Reason: {error}") from error


def _paths(target: Mapping[str, Any]) -> list[str]:
    transformer = target.get("InputTransformer") or {}
    settings = (target.get("SageMakerPipelineParameters") or {}).get("PipelineParameterList") or []
    values = [str(one["Value"]) for one in settings]
    path = target.get("InputPath")
    return [
        *([path] if path is not None else []),
        *(transformer.get("InputPathsMap") or {}).values(),
        *(value for value in values if value.startswith("$.")),
    ]


def _check_number(present: Sequence[Mapping[str, Any]], added: Sequence[Mapping[str, Any]]) -> None:
    number = len({target["Id"] for target in [*present, *added]})
    if number > MAX_TARGETS:
        raise ValidationException(
            f"The requested resource exceeds the maximum number allowed: a rule takes "
            f"{MAX_TARGETS} targets, got {number}"
        )
