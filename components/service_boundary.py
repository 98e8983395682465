"""The most that a role which AWS's services assume for a stack can ever do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam import path
from components._iam_services import boundary, policy_name
from components._place import here
from components._tags import stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceBoundaryArgs:
    """Inputs of :class:`ServiceBoundary`.

    Raises:
        ValueError: no action is named.
    """

    stack: str
    """Start of the policy's name: whoever deploys this stack creates roles with it alone."""
    actions: Sequence[str]
    """IAM actions of all those roles, none of IAM's own."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""

    def __post_init__(self) -> None:
        if not self.actions:
            raise ValueError("actions must name one action or more, got none")
        if own := sorted(one for one in self.actions if one.startswith("iam:")):
            raise ValueError(f"actions must be none of IAM's own, got {', '.join(own)}")


class ServiceBoundary(pulumi.ComponentResource):
    """A permissions boundary for the roles of pipelines, functions, builds and schedules.

    It grants nothing. A role within it can act on data and models as a stack does, and can change
    no role, no policy and no boundary, whatever its own policy says.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ServiceBoundaryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ServiceBoundary", name, {}, opts)
        policy = aws.iam.Policy(
            f"{name}-policy",
            name=policy_name(args.stack),
            description="The most that the roles of the stack's services can ever do",
            policy=here().apply(lambda at: boundary(at, args.stack, args.actions)),
            tags=stamp(args.tags, component=name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})


def path_of(stack: str) -> str:
    """Return the IAM path of the roles that a stack leaves unnamed: its deployer passes these."""
    return path(stack)


def boundary_of(stack: str) -> pulumi.Output[str]:
    """Return the ARN of another stack's boundary: its deployer creates roles within no other."""
    return here().apply(lambda at: at.global_arn("iam", f"policy/{policy_name(stack)}"))
