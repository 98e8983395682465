"""A plan: what a change does to each stack, and what of it a person must agree to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from infra.feature_schemas import Schema, SchemaChangeError, guard
from infra.plan import permissions, pipelines, settings
from infra.plan.compare import Change, Operation, compare
from infra.plan.gather import Side
from infra.plan.permissions import Permissions
from infra.plan.pipelines import Pipelines
from infra.plan.settings import Settings
from infra.plan.snapshot import FeatureSchema, Snapshot

SERVING: Final = frozenset({"aws:sagemaker/endpoint:Endpoint"})
"""Holds nothing, yet requests fail while it is away."""
OPERATIONS: Final[tuple[Operation, ...]] = ("create", "update", "replace", "delete", "move")


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """Something that a person misses once it is replaced or deleted."""

    urn: str
    type: str
    name: str
    operation: Literal["replace", "delete"]
    why: str
    """What is lost, or who refuses."""
    acknowledged: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class StackPlan:
    """What a change does to one stack."""

    stack: str
    status: Literal["changed", "new", "gone", "unchanged", "fails"]
    changes: tuple[Change, ...] = ()
    losses: tuple[Loss, ...] = ()
    refused: tuple[str, ...] = ()
    """What no update can do: schemas that no feature group can take on, inputs that AWS refuses."""
    failure: str | None = None
    """Why a side does not evaluate."""
    pipelines: Pipelines = field(default_factory=Pipelines)
    permissions: Permissions = field(default_factory=Permissions)

    @property
    def counts(self) -> dict[Operation, int]:
        """Return how many resources each operation touches; those that touch none are left out."""
        found = dict.fromkeys(OPERATIONS, 0)
        for change in self.changes:
            found[change.operation] += 1
        return {one: count for one, count in found.items() if count}

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why the change must not go on as it is; none when it may."""
        unacknowledged = [
            f"{one.name} would be {PARTICIPLES[one.operation]}: {one.why}"
            for one in self.losses
            if not one.acknowledged
        ]
        return (*([self.failure] if self.failure else []), *self.refused, *unacknowledged)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a change does."""

    against: str
    commit: str | None
    head: str
    stacks: tuple[StackPlan, ...]
    settings: Settings = field(default_factory=Settings)
    unmatched: tuple[str, ...] = ()
    """Acknowledged names that nothing bears which would be lost."""
    notes: tuple[str, ...] = field(default=())
    """What a reader should know of how the plan was made."""

    @property
    def stops(self) -> bool:
        """Whether anything in it must not go on as it is."""
        return any(one.reasons for one in self.stacks)

    @property
    def changed(self) -> tuple[StackPlan, ...]:
        """Return the stacks that do not stay as they are."""
        return tuple(one for one in self.stacks if one.status != "unchanged")


PARTICIPLES: Final[Mapping[str, str]] = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "move": "moved",
}


def make(base: Side, head: Side, *, acknowledged: Collection[str] = ()) -> Plan:
    """Compare every stack of either side; ``acknowledged`` names or URNs may be lost."""
    names = sorted({*base.snapshots, *head.snapshots, *base.failed, *head.failed})
    stacks = tuple(_stack(name, base, head, acknowledged) for name in names)
    lost = {word for one in stacks for loss in one.losses for word in (loss.name, loss.urn)}
    return Plan(
        against=base.name,
        commit=base.commit,
        head=head.name,
        stacks=stacks,
        settings=settings.compare(_settings(base), _settings(head)),
        unmatched=tuple(sorted(set(acknowledged) - lost)),
    )


def _stack(name: str, base: Side, head: Side, acknowledged: Collection[str]) -> StackPlan:
    if failure := head.failed.get(name) or base.failed.get(name):
        return StackPlan(stack=name, status="fails", failure=str(failure))
    before, after = base.snapshots.get(name), head.snapshots.get(name)
    changes = compare(before, after)
    status: Literal["changed", "new", "gone", "unchanged"] = "changed" if changes else "unchanged"
    if before is None or after is None:
        status = "new" if before is None else "gone"
    return StackPlan(
        stack=name,
        status=status,
        pipelines=pipelines.compare(_pipelines(before), _pipelines(after)),
        permissions=permissions.compare(_resources(before), _resources(after)),
        changes=tuple(changes),
        losses=tuple(losses(changes, acknowledged)),
        refused=(*_schemas(before, after), *(fault for one in changes for fault in one.faults)),
    )


def _pipelines(snapshot: Snapshot | None) -> dict[str, dict[str, Any]]:
    if snapshot is None:
        return {}
    return {
        use_case: {name: one.model_dump() for name, one in of_it.items()}
        for use_case, of_it in snapshot.pipelines.items()
    }


def _resources(snapshot: Snapshot | None) -> dict[str, dict[str, Any]]:
    if snapshot is None:
        return {}
    return {
        urn: {"type": one.type, "name": one.name, "inputs": one.inputs}
        for urn, one in snapshot.resources.items()
    }


def _settings(side: Side) -> dict[str, dict[str, Any]]:
    return {
        stack: {key: one.model_dump() for key, one in snapshot.settings.items()}
        for stack, snapshot in side.snapshots.items()
    }


def losses(changes: Iterable[Change], acknowledged: Collection[str] = ()) -> list[Loss]:
    """Return the blast radius: what stands, is missed once it goes, and would go."""
    return [
        Loss(
            urn=one.urn,
            type=one.type,
            name=one.name,
            operation="replace" if one.operation == "replace" else "delete",
            why=why,
            acknowledged=bool({one.urn, one.name} & set(acknowledged)),
        )
        for one in changes
        if one.loses and (why := _missed(one))
    ]


def _missed(change: Change) -> str:
    if change.protected:
        return (
            "it is protected, so Pulumi refuses; lift the protection in an update before this one"
        )
    if change.stateful:
        return "it holds what cannot be made again"
    if change.type in SERVING:
        return "requests fail while it is away"
    return ""


def _schemas(before: Snapshot | None, after: Snapshot | None) -> list[str]:
    """Return the way there for each feature group that cannot become what is declared."""
    if before is None or after is None:
        return []
    standing = _Standing(before.schemas)
    try:
        guard([_schema(one) for one in after.schemas], standing)
    except SchemaChangeError as error:
        return str(error).split("\n\n")
    return []


class _Standing:
    def __init__(self, schemas: Sequence[FeatureSchema]) -> None:
        self._schemas = {one.group: _schema(one) for one in schemas}

    def of(self, group: str) -> Schema | None:
        return self._schemas.get(group)


def _schema(one: FeatureSchema) -> Schema:
    return Schema(
        group=one.group,
        record_identifier=one.record_identifier,
        event_time=one.event_time,
        features=one.features,
        offline_table=one.offline_table,
    )
