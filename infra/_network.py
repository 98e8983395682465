"""The network that jobs, endpoints and functions join."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.private_network import PrivateNetwork, PrivateNetworkArgs
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


SERVICES: Final[Mapping[str, str]] = {
    "cloudwatch": "monitoring",
    "sagemaker": "sagemaker.api",
    "sagemaker-featurestore-runtime": "sagemaker.featurestore-runtime",
    "sagemaker-runtime": "sagemaker.runtime",
    "sts": "sts",
}
"""boto3's name of each service that code in the network calls, to its endpoint's.

S3 and DynamoDB go through gateways, which cost nothing.
"""
STREAM_SERVICES: Final = {"sqs": "sqs"}
"""The same, for the functions that read streams: they send their dead letters themselves."""
IMAGE_SERVICES: Final = ("ecr.api", "ecr.dkr")
"""Endpoints through which a model's own image is pulled into the network."""


def declare_network(
    config: StackConfig, *, key_arn: pulumi.Input[str], tags: Mapping[str, str]
) -> Network:
    """Make the stack's own network, or name the existing one, as its settings say."""
    settings = config.network
    if settings.vpc is None:
        return Network(
            vpc_id=settings.vpc_id,
            subnet_ids=settings.subnet_ids,
            security_group_ids=settings.security_group_ids,
        )
    streams = any(use_case.streaming.enabled for use_case in config.use_cases.values())
    services = {
        *SERVICES.values(),
        *(STREAM_SERVICES.values() if streams else ()),
        *(IMAGE_SERVICES if config.images else ()),
    }
    made = PrivateNetwork(
        "network",
        PrivateNetworkArgs(
            cidr=settings.vpc.cidr,
            zones=settings.vpc.zones,
            services=sorted(services),
            log_group_name=f"/mlops/{config.stack}/network",
            log_retention_days=config.log_retention_days,
            key_arn=key_arn,
            tags=tags,
        ),
    )
    return Network(
        vpc_id=made.vpc_id, subnet_ids=made.subnet_ids, security_group_ids=[made.security_group_id]
    )
