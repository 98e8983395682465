"""A plan: what a change does to each stack, and what of it a person must agree to."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from infra.plan import capacity, findings, permissions, pipelines, prices, settings
from infra.plan.capacity import CapacityChange
from infra.plan.compare import Change, Operation, compare
from infra.plan.findings import Policy
from infra.plan.gather import Side
from infra.plan.losses import Loss, losses
from infra.plan.permissions import Permissions
from infra.plan.pipelines import Pipelines
from infra.plan.prices import Money, PriceFileError
from infra.plan.renames import Rename, renames
from infra.plan.schemas import refusals
from infra.plan.settings import Settings
from infra.plan.snapshot import Snapshot
from infra.plan.successors import content_named

Status = Literal["changed", "new", "gone", "unchanged", "fails"]
OPERATIONS: Final[tuple[Operation, ...]] = ("create", "update", "replace", "delete", "move")
PARTICIPLES: Final[Mapping[str, str]] = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "move": "moved",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StackPlan:
    """What a change does to one stack."""

    stack: str
    status: Status
    changes: tuple[Change, ...] = ()
    losses: tuple[Loss, ...] = ()
    renames: tuple[Rename, ...] = ()
    """What looks like a rename that needs an alias."""
    refused: tuple[str, ...] = ()
    """What no update can do: schemas that no feature group can take on, inputs that AWS refuses."""
    failure: str | None = None
    """Why a side does not evaluate."""
    pipelines: Pipelines = field(default_factory=Pipelines)
    permissions: Permissions = field(default_factory=Permissions)
    capacity: CapacityChange | None = None
    money: Money | None = None
    policy: Policy = field(default_factory=Policy)

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
        return (
            *([self.failure] if self.failure else []),
            *self.refused,
            *(
                f"{one.name} would be {PARTICIPLES[one.operation]}: {one.why}"
                for one in self.losses
                if not one.acknowledged
            ),
            *(f"{one.rule}: {one.says}" for one in self.policy.stopping),
            *self._spending(),
        )

    def _spending(self) -> tuple[str, ...]:
        money = self.money
        if money is None or not money.over_budget or money.budget is None:
            return ()
        return (
            f"what stands would cost {money.head:,.0f} USD a month, "
            f"and the stack's budget is {money.budget:,.0f} USD",
        )


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
    notes: tuple[str, ...] = ()
    """What a reader should know of how the plan was made."""

    @property
    def stops(self) -> bool:
        """Whether anything in it must not go on as it is."""
        return any(one.reasons for one in self.stacks)

    @property
    def changed(self) -> tuple[StackPlan, ...]:
        """Return the stacks that do not stay as they are, or must not go on."""
        return tuple(one for one in self.stacks if one.status != "unchanged" or one.reasons)


def make(
    base: Side,
    head: Side,
    *,
    acknowledged: Collection[str] = (),
    root: Path | None = None,
    today: datetime.date | None = None,
) -> Plan:
    """Compare every stack of either side; ``acknowledged`` names or URNs may be lost.

    ``root`` holds the price files; without it nothing is priced.
    """
    about = _About(
        acknowledged=acknowledged,
        root=root,
        today=today or datetime.datetime.now(tz=datetime.UTC).date(),
    )
    names = sorted({*base.snapshots, *head.snapshots, *base.failed, *head.failed})
    stacks = tuple(about.stack(name, base, head) for name in names)
    failing = {*base.failed, *head.failed}
    lost = {word for one in stacks for loss in one.losses for word in (loss.name, loss.urn)}
    return Plan(
        against=base.name,
        commit=base.commit,
        head=head.name,
        stacks=stacks,
        settings=settings.compare(_settings(base, failing), _settings(head, failing)),
        unmatched=tuple(sorted(set(acknowledged) - lost)),
        notes=tuple(dict.fromkeys(about.notes)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _About:
    """What every stack is compared with."""

    acknowledged: Collection[str]
    root: Path | None
    today: datetime.date
    notes: list[str] = field(default_factory=list)

    def stack(self, name: str, base: Side, head: Side) -> StackPlan:
        if failure := head.failed.get(name) or base.failed.get(name):
            return StackPlan(stack=name, status="fails", failure=str(failure))
        before, after = base.snapshots.get(name), head.snapshots.get(name)
        changes = compare(before, after)
        status: Status = "changed" if changes else "unchanged"
        if before is None or after is None:
            status = "new" if before is None else "gone"
        old, new = _resources(before), _resources(after)
        sized = capacity.compare(old, new)
        lost = losses(changes, acknowledged=self.acknowledged, head=after, today=self.today)
        return StackPlan(
            stack=name,
            status=status,
            changes=tuple(changes),
            losses=tuple(lost),
            renames=tuple(renames(one for one in changes if not content_named(one.name))),
            refused=(*refusals(before, after), *(it for one in changes for it in one.faults)),
            pipelines=pipelines.compare(_pipelines(before), _pipelines(after)),
            permissions=permissions.compare(old, new),
            capacity=sized,
            money=self._money(sized, after),
            policy=findings.compare(before, after, self.today),
        )

    def _money(self, sized: CapacityChange, head: Snapshot | None) -> Money | None:
        if head is None or self.root is None:
            return None
        region = str(head.config.get("region", ""))
        operations = head.config.get("operations")
        budget = operations.get("budget") if isinstance(operations, Mapping) else None
        monthly = budget.get("monthly_usd") if isinstance(budget, Mapping) else None
        if isinstance(monthly, bool) or not isinstance(monthly, int | float):
            monthly = None  # another revision's model may have no budget, or none that is a number
        try:
            known = prices.load(region, self.root)
        except PriceFileError as error:
            self.notes.append(str(error))
            known = None
        return prices.compare(sized, known, region=region, budget=monthly, today=self.today)


def _resources(snapshot: Snapshot | None) -> dict[str, dict[str, Any]]:
    if snapshot is None:
        return {}
    return {
        urn: {"type": one.type, "name": one.name, "inputs": one.inputs}
        for urn, one in snapshot.resources.items()
    }


def _pipelines(snapshot: Snapshot | None) -> dict[str, dict[str, Any]]:
    if snapshot is None:
        return {}
    return {
        use_case: {name: one.model_dump() for name, one in of_it.items()}
        for use_case, of_it in snapshot.pipelines.items()
    }


def _settings(side: Side, failing: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the settings of the stacks that evaluate on both sides: of others nothing is known."""
    return {
        stack: {key: one.model_dump() for key, one in snapshot.settings.items()}
        for stack, snapshot in side.snapshots.items()
        if stack not in failing
    }
