"""What ``components.deployment_access`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.workflow_jobs import GitHubJobs, GitLabJobs


class DeploymentAccessJobs(TypedDict):
    """Whose jobs take the roles: exactly one of these."""

    git_hub_jobs: NotRequired[GitHubJobs]
    git_lab_jobs: NotRequired[GitLabJobs]


class DeploymentAccessArgs(TypedDict):
    """Inputs of `DeploymentAccess`."""

    stack: str
    """Start of the roles' names, which the workflows know."""
    jobs: DeploymentAccessJobs
    """Whose jobs take the roles."""
    reading: Sequence[str]
    """IAM actions of a preview."""
    writing: Sequence[str]
    """IAM actions of an update beside those."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`; roles of other tags are out of
    reach."""
    provider_exists: NotRequired[bool]
    """The account has the identity provider already; it takes one for each issuer.

    By default `false`."""
    state_bucket: NotRequired[str]
    """Bucket of Pulumi's state; by default it lies elsewhere."""
    max_session_seconds: NotRequired[int]
    """By default `3600`."""


class DeploymentAccessOutputs(TypedDict):
    """What ``DeploymentAccess`` gives."""

    preview_role_arn: pulumi.Output[str]
    deploy_role_arn: pulumi.Output[str]
