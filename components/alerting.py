"""Where a component's alarms go, and where their runbooks stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True, slots=True)
class Alerting:
    """What every alarm of a stack shares."""

    name_prefix: str
    """Stands before the names of alarms that nobody named: the stack."""
    urgent: Sequence[pulumi.Input[str]]
    """SNS topics told at once of what callers notice: failing or slow answers, broken data."""
    notice: Sequence[pulumi.Input[str]]
    """SNS topics told of what can wait for the morning: drift, failed runs, undelivered events."""
    runbooks_url: str
    """Page with a section for each kind of alarm; the alarm's description links to its own."""
