"""What a stack breaks of the rules: new findings apart from those that were there already."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from infra.plan.snapshot import Snapshot
from infra.policy.findings import Finding, findings
from infra.policy.graph import resources


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Findings of both sides, by the head's rules."""

    new: tuple[Finding, ...] = ()
    standing: tuple[Finding, ...] = ()
    """Broken before, and still."""
    mended: tuple[Finding, ...] = ()
    silenced: tuple[Finding, ...] = ()
    """Told before; the change has the stack's settings disable the rule."""

    def __bool__(self) -> bool:
        """Tell whether anything changed, or stops."""
        changed = self.new or self.mended or self.silenced
        return bool(changed or any(one.stops for one in self.standing))

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """Return what must not go on: a mandatory rule broken, a waiver that is over."""
        return tuple(one for one in (*self.new, *self.standing) if one.stops)


def compare(base: Snapshot | None, head: Snapshot | None, today: datetime.date) -> Policy:
    """Compare what either side breaks, each by its own settings and waivers."""
    before = {one.key: one for one in _findings(base, today)}
    after = {one.key: one for one in _findings(head, today)}
    gone = [one for key, one in before.items() if key not in after]
    off = _disabled(head, today)
    return Policy(
        new=tuple(one for key, one in after.items() if not _known(one, before.get(key))),
        standing=tuple(one for key, one in after.items() if _known(one, before.get(key))),
        mended=tuple(one for one in gone if one.rule not in off),
        silenced=tuple(one for one in gone if one.rule in off),
    )


def _disabled(snapshot: Snapshot | None, today: datetime.date) -> frozenset[str]:
    severities = snapshot.policy(today).severities if snapshot else {}
    return frozenset(rule for rule, severity in severities.items() if severity == "disabled")


def _known(one: Finding, before: Finding | None) -> bool:
    """Tell whether a finding was there: one that was waived, and is no more, counts as new."""
    return before is not None and (one.waived is not None or before.waived is None)


def _findings(snapshot: Snapshot | None, today: datetime.date) -> list[Finding]:
    if snapshot is None:
        return []
    held = resources(snapshot.resources.values())
    return findings(held, snapshot.policy(today), name=snapshot.stack)
