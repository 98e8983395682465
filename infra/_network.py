"""The network that jobs, endpoints and functions join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from pipelines.compiled import network_tokens
from stacks.config import StackConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Subnets and security groups: how many is known at plan time, which perhaps to AWS only."""

    subnet_ids: Sequence[pulumi.Input[str]] = ()
    """Private subnets in two zones or more; empty outside a VPC."""
    security_group_ids: Sequence[pulumi.Input[str]] = ()
    """Security groups of what joins the subnets."""
    vpc_id: pulumi.Input[str] | None = None
    """VPC of the subnets, where the stack knows it."""

    @property
    def joined(self) -> bool:
        """Whether there is a VPC to join."""
        return bool(self.subnet_ids)

    def tokens(self) -> dict[str, pulumi.Input[str]]:
        """Return the values of the tokens that compiled definitions hold for the ids."""
        subnets, security_groups = network_tokens(
            subnet_count=len(self.subnet_ids), security_group_count=len(self.security_group_ids)
        )
        return {
            **dict(zip(subnets, self.subnet_ids, strict=True)),
            **dict(zip(security_groups, self.security_group_ids, strict=True)),
        }


def declare_network(config: StackConfig) -> Network:
    """Return the network that the stack's settings name."""
    return Network(
        subnet_ids=config.network.subnet_ids, security_group_ids=config.network.security_group_ids
    )
