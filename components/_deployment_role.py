"""A role that previews or deploys a stack: who assumes it differs, what it may do does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam_deployment import boundary, decisive, how_many, policies, state
from components._place import Place, here
from components._tags import whose


@dataclass(frozen=True, kw_only=True, slots=True)
class DeploymentRoles:
    """What the roles of one deployer share."""

    stack: str
    reading: Sequence[str]
    """IAM actions of a preview."""
    writing: Sequence[str]
    """IAM actions of an update beside those."""
    state_bucket: str | None
    """Bucket of Pulumi's state."""
    tags: Mapping[str, str]
    parent: pulumi.Resource
    max_session_seconds: int | None = None

    def boundary(self, name: str, policy_name: str) -> aws.iam.Policy:
        """Declare the most that any of them can have."""
        return self._managed(name, policy_name, here().apply(self._boundary))

    def role(
        self,
        name: str,
        *,
        role_name: str,
        trust: pulumi.Input[str],
        limit: aws.iam.Policy,
        writes: bool,
    ) -> aws.iam.Role:
        """Declare one that looks or, with ``writes``, one that changes."""
        child = pulumi.ResourceOptions(parent=self.parent)
        role = aws.iam.Role(
            f"{name}-role",
            name=role_name,
            assume_role_policy=trust,
            permissions_boundary=limit.arn,
            max_session_duration=self.max_session_seconds,
            tags=self.tags,
            opts=child,
        )
        actions = [*self.reading, *(self.writing if writes else ())]
        own = whose(self.tags)
        for number in range(how_many(actions, own, stack=self.stack)):
            policy = self._managed(
                f"{name}-{number}",
                f"{role_name}-{number}",
                self._share(actions, own, number),
            )
            aws.iam.RolePolicyAttachment(
                f"{name}-{number}-attachment",
                role=role.name,
                policy_arn=policy.arn,
                opts=child,
            )
        if (bucket := self.state_bucket) is not None:
            aws.iam.RolePolicy(
                f"{name}-state",
                role=role.name,
                policy=here().apply(lambda at: state(at, bucket, writes=writes)),
                opts=child,
            )
        return role

    def _managed(self, name: str, policy_name: str, policy: pulumi.Input[str]) -> aws.iam.Policy:
        return aws.iam.Policy(
            name,
            name=policy_name,
            policy=policy,
            tags=self.tags,
            opts=pulumi.ResourceOptions(parent=self.parent),
        )

    def _boundary(self, at: Place) -> str:
        services = {one.partition(":")[0] for one in (*self.reading, *self.writing)}
        return boundary(
            at,
            services | {"s3", "kms"},
            protected=decisive(at, self.stack),
            tags=whose(self.tags),
        )

    def _share(
        self, actions: Sequence[str], tags: dict[str, str], number: int
    ) -> pulumi.Output[str]:
        return here().apply(lambda at: policies(at, actions, tags, stack=self.stack)[number])
