"""What ``components.private_network`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class PrivateNetworkArgs(TypedDict):
    """Inputs of `PrivateNetwork`."""

    cidr: str
    """Range of addresses, `10.20.0.0/16`; a change replaces the network and all within."""
    zones: Sequence[str]
    """Availability zones, two or three; named, since another choice would replace subnets."""
    services: Sequence[str]
    """Services reached through interface endpoints, in AWS's words: `sagemaker.api`."""
    log_group_name: str
    """Log group of the flow logs."""
    key_arn: pulumi.Input[str]
    """Customer key of the flow logs; CloudWatch Logs must be allowed to use it."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    log_retention_days: NotRequired[int]
    """By default `365`."""


class PrivateNetworkOutputs(TypedDict):
    """What ``PrivateNetwork`` gives."""

    vpc_id: pulumi.Output[str]
    subnet_ids: Sequence[pulumi.Output[str]]
    """One for each zone, in their order; each stands with its routes."""
    security_group_id: pulumi.Output[str]
    """Group of what runs here: jobs, endpoints of models, functions."""
