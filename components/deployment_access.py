"""Who deploys an environment from outside AWS: a role that looks, and a role that changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._deployment_role import DeploymentRoles
from components._iam_deployment import AUDIENCE, trust_jobs
from components._place import here
from components._tags import stamp
from components.workflow_jobs import GitHubJobs, GitLabJobs


@dataclass(frozen=True, kw_only=True, slots=True)
class DeploymentAccessArgs:
    """Inputs of :class:`DeploymentAccess`.

    Raises:
        ValueError: no such session length, or too many actions.
    """

    stack: str
    """Start of the roles' names, which the workflows know."""
    jobs: GitHubJobs | GitLabJobs
    """Whose jobs take the roles."""
    reading: Sequence[str]
    """IAM actions of a preview."""
    writing: Sequence[str]
    """IAM actions of an update beside those."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``; roles of other tags are out
    of reach."""
    provider_exists: bool = False
    """The account has the identity provider already; it takes one for each issuer."""
    state_bucket: str | None = None
    """Bucket of Pulumi's state; by default it lies elsewhere."""
    max_session_seconds: int = 3600

    def __post_init__(self) -> None:
        if not 3600 <= self.max_session_seconds <= 43_200:  # noqa: PLR2004 - IAM's own
            raise ValueError(
                f"max_session_seconds must be 3600-43200, got {self.max_session_seconds}"
            )


class DeploymentAccess(pulumi.ComponentResource):
    """An identity provider and two roles under one boundary, for jobs of GitHub or GitLab.

    ``<stack>-preview`` reads: on GitHub for every branch and pull request of the repository, on
    GitLab for the branches that are named. ``<stack>-deploy`` changes: for jobs of the GitHub
    environment, or of GitLab's branch. Neither can change what decides about itself: a wider role
    is for an administrator to deploy.

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
        trusted_arn = self._trusted()
        roles = DeploymentRoles(
            stack=args.stack,
            reading=args.reading,
            writing=args.writing,
            state_bucket=args.state_bucket,
            max_session_seconds=args.max_session_seconds,
            tags=self._stamped,
            parent=self,
        )
        limit = roles.boundary(f"{name}-boundary", f"{args.stack}-deployment-boundary")
        preview = roles.role(
            f"{name}-preview",
            role_name=f"{args.stack}-preview",
            trust=trusted_arn.apply(lambda arn: trust_jobs(arn, args.jobs.issuer, args.jobs.looks)),
            limit=limit,
            writes=False,
        )
        deploy = roles.role(
            f"{name}-deploy",
            role_name=f"{args.stack}-deploy",
            trust=trusted_arn.apply(
                lambda arn: trust_jobs(arn, args.jobs.issuer, args.jobs.changes)
            ),
            limit=limit,
            writes=True,
        )
        self.preview_role_arn, self.deploy_role_arn = preview.arn, deploy.arn
        self.register_outputs(
            {"preview_role_arn": self.preview_role_arn, "deploy_role_arn": self.deploy_role_arn}
        )

    def _trusted(self) -> pulumi.Output[str]:
        jobs, issuer = self._args.jobs, self._args.jobs.issuer
        if self._args.provider_exists:
            return here().apply(
                lambda at: f"arn:{at.partition}:iam::{at.account_id}:oidc-provider/{issuer}"
            )
        provider = aws.iam.OpenIdConnectProvider(
            f"{self._prefix}-{'github' if isinstance(jobs, GitHubJobs) else 'gitlab'}",
            url=f"https://{issuer}",
            client_id_lists=[AUDIENCE],
            tags=self._stamped,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return provider.arn
