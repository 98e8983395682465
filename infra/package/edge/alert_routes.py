"""What ``components.alert_routes`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.words import Protocol


class Destination(TypedDict):
    """One subscription of a topic; mail and HTTPS are confirmed by whoever receives."""

    protocol: Protocol
    endpoint: str
    """Mail address, HTTPS URL (PagerDuty, Opsgenie, a chat's webhook), or ARN."""


class AlertRoutesArgs(TypedDict):
    """Inputs of `AlertRoutes`."""

    key_arn: pulumi.Input[str]
    """Customer key of the topics; its policy must let CloudWatch and Budgets use it."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    urgent: NotRequired[Sequence[Destination]]
    """Who is told at once."""
    notice: NotRequired[Sequence[Destination]]
    """Who is told of what can wait."""


class AlertRoutesOutputs(TypedDict):
    """What ``AlertRoutes`` gives."""

    urgent_arn: pulumi.Output[str]
    notice_arn: pulumi.Output[str]
