"""Where the stack stands: the partition, region and account that ARNs are made of."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Enough to name what does not exist yet."""

    partition: str
    """``aws``, ``aws-cn`` or ``aws-us-gov``."""
    region: str
    account_id: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional ``resource`` (``endpoint/flights``) of ``service``."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Return the ARN of a ``resource`` (``role/flights``) of a service without regions."""
        return f"arn:{self.partition}:{service}::{self.account_id}:{resource}"

    def s3(self, path: str) -> str:
        """Return the ARN of a bucket, or of ``bucket/key``."""
        return f"arn:{self.partition}:s3:::{path}"


_FOUND: WeakKeyDictionary[pulumi.Resource, pulumi.Output[Place]] = WeakKeyDictionary()


def here() -> pulumi.Output[Place]:
    """Return the place that the provider's credentials and region lead to.

    A stack has one, so each run of a program asks once.
    """
    stack = pulumi.runtime.get_root_resource()
    if stack is None:
        return _ask()
    if stack not in _FOUND:
        _FOUND[stack] = _ask()
    return _FOUND[stack]


def _ask() -> pulumi.Output[Place]:
    return pulumi.Output.all(
        partition=aws.get_partition_output().partition,
        region=aws.get_region_output().region,
        account_id=aws.get_caller_identity_output().account_id,
    ).apply(lambda found: Place(**found))
