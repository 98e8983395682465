"""The network in which a stack's jobs, endpoints and functions run."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from stacks.settings import Settings, at

SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
SecurityGroupId = Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]{8,17}$")]


class Network(Settings):
    """The existing network in which jobs, endpoint and functions run."""

    subnet_ids: tuple[SubnetId, ...] = ()
    """Private subnets, in two zones or more; empty runs everything outside a VPC."""
    security_group_ids: tuple[SecurityGroupId, ...] = ()
    """Security groups of what runs in the subnets; they must reach the AWS endpoints it calls."""

    @property
    def subnet_count(self) -> int:
        """Number of subnets, known before any of them stands; 0 outside a VPC."""
        return len(self.subnet_ids)

    @property
    def security_group_count(self) -> int:
        """Number of security groups of what runs in the subnets."""
        return len(self.security_group_ids)

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if bool(self.subnet_ids) != bool(self.security_group_ids):
            keys = ("security_group_ids", "subnet_ids")
            key, other = keys if self.subnet_ids else reversed(keys)
            raise at(key, "must be set where the other of the two is", [], beside=(other,))
        return self
