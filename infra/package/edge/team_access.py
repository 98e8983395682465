"""What ``components.team_access`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.words import Role


class TeamAccessArgs(TypedDict):
    """Inputs of `TeamAccess`."""

    stack: str
    """Start, before a hyphen, of the names of pipelines, groups, endpoints, alarms and logs."""
    raw_bucket: pulumi.Input[str]
    """Bucket of raw data and labels."""
    features_bucket: pulumi.Input[str]
    """Bucket of the offline store."""
    artifacts_bucket: pulumi.Input[str]
    """Bucket of code, models and reports; scientists write below `experiments/`."""
    capture_bucket: pulumi.Input[str]
    """Bucket of captured traffic."""
    raw_key_arn: pulumi.Input[str]
    """Customer key of raw data and labels."""
    features_key_arn: pulumi.Input[str]
    """Customer key of the stores, online and offline."""
    artifacts_key_arn: pulumi.Input[str]
    """Customer key of code and models, and of the disks of scientists' jobs."""
    capture_key_arn: pulumi.Input[str]
    """Customer key of captured traffic."""
    operations_key_arn: pulumi.Input[str]
    """Customer key of logs, queues and decisions."""
    api_arns: Sequence[pulumi.Input[str]]
    """Scoring APIs: what `execute-api:Invoke` is asked on; perhaps none."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    trusted: NotRequired[Mapping[str, Sequence[str]]]
    """ARNs of those who may assume each role, `*` and `?` allowed; whoever is not named there
    needs the account's leave and a second factor.

    By `business_stakeholder`, `solution_architect`, `data_scientist`, `data_engineer`,
    `software_engineer`, `devops_engineer`, `ml_engineer`."""
    studio_roles: NotRequired[Sequence[Role]]
    """Roles with which SageMaker Studio works for their holders."""
    experiments: NotRequired[bool]
    """Data scientists run jobs and start trainings here.

    By default `false`."""
    raw_data_by_hand: NotRequired[bool]
    """Data engineers write raw data here; elsewhere it arrives by itself.

    By default `false`."""
    subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Subnets that scientists' jobs must join; empty leaves them outside a VPC."""


class TeamAccessOutputs(TypedDict):
    """What ``TeamAccess`` gives."""

    role_arns: Mapping[str, pulumi.Output[str]]
    role_names: Mapping[str, pulumi.Output[str]]
    boundary_arn: pulumi.Output[str]
    experiment_role_arn: NotRequired[pulumi.Output[str]]
    """Role to pass to jobs; `None` where no experiments are run."""
