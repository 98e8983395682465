"""The blast radius: what a person misses once it is replaced or deleted."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from infra.plan.compare import Change
from infra.plan.snapshot import Snapshot
from infra.policy.rules.platform import REPLACEMENT, SERVING
from infra.policy.settings import Waiver


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """Something that is missed."""

    urn: str
    type: str
    name: str
    operation: Literal["replace", "delete"]
    why: str
    """What is lost, or who refuses."""
    acknowledged: str = ""
    """By whom: the command line, or a waiver's owner."""


def losses(
    changes: Iterable[Change],
    *,
    acknowledged: Collection[str],
    head: Snapshot | None,
    today: datetime.date,
) -> list[Loss]:
    """Return what stands, is missed once it goes, and would go.

    ``acknowledged`` holds names and URNs; a waiver of the stack's own settings for the rule
    ``mlops-no-stateful-replacement`` acknowledges, too, until it expires. What is protected Pulumi
    itself refuses, whoever agrees.
    """
    known = head.policy(today).waivers if head else ()
    waivers = [one for one in known if one.rule == REPLACEMENT and today <= one.expires]

    def agreed(change: Change) -> str:
        if {change.urn, change.name} & set(acknowledged):
            return "the command line"
        return next((one.owner for one in waivers if _about(one, change)), "")

    return [
        Loss(
            urn=one.urn,
            type=one.type,
            name=one.name,
            operation="replace" if one.operation == "replace" else "delete",
            why=why,
            acknowledged="" if one.protected else agreed(one),
        )
        for one in changes
        if one.loses and (why := _missed(one))
    ]


def _about(waiver: Waiver, change: Change) -> bool:
    """Tell whether a waiver is about this operation: ``at`` may name ``replace`` or ``delete``."""
    operation = "replace" if change.operation == "replace" else "delete"
    return waiver.covers(REPLACEMENT, change.name, operation)


def _missed(change: Change) -> str:
    if change.protected:
        return "it is protected, so Pulumi refuses; lift that in an update before this one"
    if change.stateful:
        return "it holds what cannot be made again"
    if change.type in SERVING:
        return "requests fail while it is away"
    return ""
