"""What ``components.service_boundary`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi


class ServiceBoundaryArgs(TypedDict):
    """Inputs of `ServiceBoundary`."""

    stack: str
    """Start of the policy's name: whoever deploys this stack creates roles with it alone."""
    actions: Sequence[str]
    """IAM actions of all those roles, none of IAM's own."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""


class ServiceBoundaryOutputs(TypedDict):
    """What ``ServiceBoundary`` gives."""

    arn: pulumi.Output[str]
