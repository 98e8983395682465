"""The network in which a stack's jobs, endpoints and functions run."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stacks.settings import Settings, at

SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
SecurityGroupId = Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]{8,17}$")]
VpcId = Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]{8,17}$")]
Zone = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$")]


def network_range(cidr: str) -> str:
    """Return the range as it is written.

    Raises:
        PydanticCustomError: it is not a private IPv4 network of a size that AWS and we take.
    """
    try:
        network = ipaddress.IPv4Network(cidr)
        fits = network.is_private and 16 <= network.prefixlen <= 24  # noqa: PLR2004 - AWS's, and ours
    except ValueError:
        fits = False
    if not fits:
        raise PydanticCustomError(
            "cidr", "must be a private IPv4 network of size /16 to /24, such as 10.20.0.0/16"
        )
    return cidr


class Vpc(Settings):
    """A network that the stack makes for itself; `docs/network.md` says what it costs."""

    cidr: Annotated[str, AfterValidator(network_range)]
    """Private IPv4 range, /16 to /24 (``10.20.0.0/16``); a change replaces all that runs in it."""
    zones: Annotated[tuple[Zone, ...], Field(min_length=2, max_length=3)]
    """Two or three availability zones of the region; interface endpoints are billed for each."""

    @model_validator(mode="after")
    def _zones_differ(self) -> Self:
        if len(set(self.zones)) != len(self.zones):
            raise at("zones", "must differ from one another", self.zones)
        return self


class Network(Settings):
    """A network of the stack's own, an existing one, or none."""

    vpc: Vpc | None = None
    """Network that the stack makes; null where it joins an existing one, or none."""
    vpc_id: VpcId | None = None
    """VPC of the existing subnets; only what lives in a VPC by itself (Studio) needs it."""
    subnet_ids: tuple[SubnetId, ...] = ()
    """Existing private subnets, in two zones or more; without them or ``vpc`` there is no VPC."""
    security_group_ids: tuple[SecurityGroupId, ...] = ()
    """Security groups of what runs in them; `docs/network.md` says what they must reach."""

    @property
    def subnet_count(self) -> int:
        """Number of subnets, known before any of them stands; 0 outside a VPC."""
        return len(self.subnet_ids) if self.vpc is None else len(self.vpc.zones)

    @property
    def security_group_count(self) -> int:
        """Number of security groups of what runs in the subnets."""
        return len(self.security_group_ids) if self.vpc is None else 1

    @model_validator(mode="after")
    def _made_or_existing(self) -> Self:
        given = [
            key for key in ("subnet_ids", "security_group_ids", "vpc_id") if getattr(self, key)
        ]
        if self.vpc is not None and given:
            rule = "must be null where the stack makes a network (vpc)"
            raise at(given[0], rule, getattr(self, given[0]), beside=("vpc",))
        if bool(self.subnet_ids) != bool(self.security_group_ids):
            keys = ("security_group_ids", "subnet_ids")
            key, other = keys if self.subnet_ids else reversed(keys)
            raise at(key, "must be set where the other of the two is", [], beside=(other,))
        return self
