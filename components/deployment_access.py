"""Who deploys an environment from GitHub: a role that looks, and a role that changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam_deployment import (
    AUDIENCE,
    ISSUER,
    boundary,
    how_many,
    policies,
    state,
    trust_github,
)
from components._place import Place, here
from components._tags import REQUIRED, stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class DeploymentAccessArgs:
    """Inputs of :class:`DeploymentAccess`.

    Raises:
        ValueError: no repository, no such session length, or too many actions.
    """

    stack: str
    """Start of the roles' names, which the workflows know."""
    repository: str
    """``owner/name`` on GitHub."""
    github_environment: str
    """GitHub environment that a job must run in to change anything; it asks for the approval."""
    reading: Sequence[str]
    """IAM actions of a preview."""
    writing: Sequence[str]
    """IAM actions of an update beside those."""
    tags: Mapping[str, str]
    """Must hold ``components._tags.REQUIRED``; roles of other tags are out of reach."""
    provider_exists: bool = False
    """The account has GitHub's identity provider already; an account takes one."""
    state_bucket: str | None = None
    """Bucket of Pulumi's state; by default it lies elsewhere."""
    max_session_seconds: int = 3600

    def __post_init__(self) -> None:
        owner, slash, name = self.repository.partition("/")
        if not (owner and slash and name) or "*" in self.repository or "/" in name:
            raise ValueError(f"repository must be owner/name, got {self.repository!r}")
        if not 3600 <= self.max_session_seconds <= 43_200:  # noqa: PLR2004 - IAM's own
            raise ValueError(
                f"max_session_seconds must be 3600-43200, got {self.max_session_seconds}"
            )


class DeploymentAccess(pulumi.ComponentResource):
    """GitHub's identity provider and two roles under one boundary.

    ``<stack>-preview`` reads, for every branch and pull request of the repository;
    ``<stack>-deploy`` changes, only for jobs of the GitHub environment. Neither can change what
    decides about itself: a wider role is for an administrator to deploy.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    preview_role_arn: pulumi.Output[str]
    deploy_role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: DeploymentAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:DeploymentAccess", name, {}, opts)
        self._prefix, self._args = name, args
        self._stamped = stamp(args.tags, component=name)
        self._trusted_arn = self._trusted()
        limit = self._managed(
            f"{name}-boundary", f"{args.stack}-deployment-boundary", here().apply(self._boundary)
        )
        repository = f"repo:{args.repository}"
        preview = self._role(
            "preview",
            subjects=[f"{repository}:pull_request", f"{repository}:ref:refs/heads/*"],
            actions=args.reading,
            limit=limit,
        )
        deploy = self._role(
            "deploy",
            subjects=[f"{repository}:environment:{args.github_environment}"],
            actions=[*args.reading, *args.writing],
            limit=limit,
        )
        self.preview_role_arn, self.deploy_role_arn = preview.arn, deploy.arn
        self.register_outputs(
            {"preview_role_arn": self.preview_role_arn, "deploy_role_arn": self.deploy_role_arn}
        )

    def _trusted(self) -> pulumi.Output[str]:
        if self._args.provider_exists:
            return here().apply(
                lambda at: f"arn:{at.partition}:iam::{at.account_id}:oidc-provider/{ISSUER}"
            )
        provider = aws.iam.OpenIdConnectProvider(
            f"{self._prefix}-github",
            url=f"https://{ISSUER}",
            client_id_lists=[AUDIENCE],
            tags=self._stamped,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return provider.arn

    def _role(
        self, kind: str, *, subjects: Sequence[str], actions: Sequence[str], limit: aws.iam.Policy
    ) -> aws.iam.Role:
        args, child = self._args, pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{self._prefix}-{kind}-role",
            name=f"{args.stack}-{kind}",
            assume_role_policy=self._trusted_arn.apply(
                lambda arn: trust_github(arn, subjects=subjects, exact=kind == "deploy")
            ),
            permissions_boundary=limit.arn,
            max_session_duration=args.max_session_seconds,
            tags=self._stamped,
            opts=child,
        )
        own = {key: value for key, value in self._stamped.items() if key in REQUIRED - {"owner"}}
        for number in range(how_many(actions, own)):
            policy = self._managed(
                f"{self._prefix}-{kind}-{number}",
                f"{args.stack}-{kind}-{number}",
                _share(actions, own, number),
            )
            aws.iam.RolePolicyAttachment(
                f"{self._prefix}-{kind}-{number}-attachment",
                role=role.name,
                policy_arn=policy.arn,
                opts=child,
            )
        if (bucket := args.state_bucket) is not None:
            aws.iam.RolePolicy(
                f"{self._prefix}-{kind}-state",
                role=role.name,
                policy=here().apply(lambda at: state(at, bucket, writes=kind == "deploy")),
                opts=child,
            )
        return role

    def _managed(self, name: str, policy_name: str, policy: pulumi.Input[str]) -> aws.iam.Policy:
        return aws.iam.Policy(
            name,
            name=policy_name,
            policy=policy,
            tags=self._stamped,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _boundary(self, at: Place) -> str:
        stack, iam = self._args.stack, f"arn:{at.partition}:iam::{at.account_id}"
        services = {one.partition(":")[0] for one in (*self._args.reading, *self._args.writing)}
        return boundary(
            at,
            services | {"s3", "kms"},
            protected=[
                f"{iam}:role/{stack}-preview",
                f"{iam}:role/{stack}-deploy",
                f"{iam}:policy/{stack}-preview-*",
                f"{iam}:policy/{stack}-deploy-*",
                f"{iam}:policy/{stack}-deployment-boundary",
                f"{iam}:oidc-provider/{ISSUER}",
            ],
        )


def _share(actions: Sequence[str], tags: dict[str, str], number: int) -> pulumi.Output[str]:
    return here().apply(lambda at: policies(at, actions, tags)[number])
