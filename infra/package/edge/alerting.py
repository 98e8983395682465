"""What ``components.alerting`` is in plain values."""

from collections.abc import Sequence
from typing import TypedDict

import pulumi


class Alerting(TypedDict):
    """What every alarm of a stack shares."""

    name_prefix: str
    """Stands before the names of alarms that nobody named: the stack."""
    urgent: Sequence[pulumi.Input[str]]
    """SNS topics told at once of what callers notice: failing or slow answers, broken data."""
    notice: Sequence[pulumi.Input[str]]
    """SNS topics told of what can wait for the morning: drift, failed runs, undelivered events."""
    runbooks_url: str
    """Page with a section for each kind of alarm; the alarm's description links to its own."""
