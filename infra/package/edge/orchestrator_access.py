"""What ``components.orchestrator_access`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class OrchestratorAccessArgs(TypedDict):
    """Inputs of `OrchestratorAccess`."""

    role_name: str
    """Known to who configures the orchestrator."""
    pipeline_arns: Sequence[pulumi.Input[str]]
    """Pipelines that it starts, watches and stops."""
    role_arns: Sequence[str]
    """Roles that may assume it: that of a managed Airflow, of an instance; may be empty."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    issuer: NotRequired[str]
    """Host and path of the cluster's OIDC issuer, without `https://`."""
    service_accounts: NotRequired[Sequence[str]]
    """`namespace/name` of each of the cluster's that may assume the role."""
    provider_exists: NotRequired[bool]
    """The account has the issuer as an identity provider already; it takes one for each.

    By default `true`."""


class OrchestratorAccessOutputs(TypedDict):
    """What ``OrchestratorAccess`` gives."""

    role_arn: pulumi.Output[str]
