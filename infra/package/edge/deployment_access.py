"""What ``components.deployment_access`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class DeploymentAccessArgs(TypedDict):
    """Inputs of `DeploymentAccess`."""

    stack: str
    """Start of the roles' names, which the workflows know."""
    repository: str
    """`owner/name` on GitHub."""
    github_environment: str
    """GitHub environment that a job must run in to change anything; it asks for the approval."""
    reading: Sequence[str]
    """IAM actions of a preview."""
    writing: Sequence[str]
    """IAM actions of an update beside those."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`; roles of other tags are out of
    reach."""
    provider_exists: NotRequired[bool]
    """The account has GitHub's identity provider already; an account takes one.

    By default `false`."""
    state_bucket: NotRequired[str]
    """Bucket of Pulumi's state; by default it lies elsewhere."""
    max_session_seconds: NotRequired[int]
    """By default `3600`."""


class DeploymentAccessOutputs(TypedDict):
    """What ``DeploymentAccess`` gives."""

    preview_role_arn: pulumi.Output[str]
    deploy_role_arn: pulumi.Output[str]
