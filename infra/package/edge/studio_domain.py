"""What ``components.studio_domain`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.words import Role


class StudioDomainArgs(TypedDict):
    """Inputs of `StudioDomain`."""

    domain_name: str
    """Name of the domain, as the console shows it; a change replaces it, homes and all."""
    members: Mapping[str, Role]
    """Names of the profiles, each with the role that its notebooks run with."""
    role_arns: Mapping[str, pulumi.Input[str]]
    """Roles of the members; SageMaker must be trusted to assume them.

    By `business_stakeholder`, `solution_architect`, `data_scientist`, `data_engineer`,
    `software_engineer`, `devops_engineer`, `ml_engineer`."""
    role_names: Mapping[str, pulumi.Input[str]]
    """The same roles by name: each gains the policy of those who work in Studio.

    By `business_stakeholder`, `solution_architect`, `data_scientist`, `data_engineer`,
    `software_engineer`, `devops_engineer`, `ml_engineer`."""
    vpc_id: pulumi.Input[str]
    """Network of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets that notebooks join; they must reach SageMaker's API."""
    security_group_ids: Sequence[pulumi.Input[str]]
    """Security groups of notebooks."""
    key_arn: pulumi.Input[str]
    """Customer key of homes and disks; its policy must admit EFS, EC2 and SageMaker."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`; what is made in Studio carries
    them too."""
    idle_minutes: NotRequired[int]
    """Applications stop after as many idle minutes (60-525600); no member can wait longer.

    By default `60`."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete the domain, and homes outlive it; else they go with it.

    By default `true`."""


class StudioDomainOutputs(TypedDict):
    """What ``StudioDomain`` gives."""

    domain_id: pulumi.Output[str]
    profile_arns: Mapping[str, pulumi.Output[str]]
    """By member."""
