"""SageMaker Studio: notebooks within the stack's network, each member's with a role of the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam import trust
from components._iam_people import Role
from components._iam_studio import work_in
from components._place import here
from components._tags import stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class StudioDomainArgs:
    """Inputs of :class:`StudioDomain`.

    Raises:
        ValueError: there is no member, one has a role that is not given, or nothing to join.
    """

    domain_name: str
    """Name of the domain, as the console shows it; a change replaces it, homes and all."""
    members: Mapping[str, Role]
    """Names of the profiles, each with the role that its notebooks run with."""
    role_arns: Mapping[Role, pulumi.Input[str]]
    """Roles of the members; SageMaker must be trusted to assume them."""
    role_names: Mapping[Role, pulumi.Input[str]]
    """The same roles by name: each gains the policy of those who work in Studio."""
    vpc_id: pulumi.Input[str]
    """Network of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets that notebooks join; they must reach SageMaker's API."""
    security_group_ids: Sequence[pulumi.Input[str]]
    """Security groups of notebooks."""
    key_arn: pulumi.Input[str]
    """Customer key of homes and disks; its policy must admit EFS, EC2 and SageMaker."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``; what is made in Studio
    carries them too."""
    idle_minutes: int = 60
    """Applications stop after as many idle minutes (60-525600); no member can wait longer."""
    deletion_protection: bool = True
    """Pulumi refuses to delete the domain, and homes outlive it; else they go with it."""

    def __post_init__(self) -> None:
        if not self.members:
            raise ValueError("members must name somebody, got none")
        if unknown := sorted(set(self.members.values()) - self.role_arns.keys()):
            raise ValueError(f"members must have roles of {sorted(self.role_arns)}, got {unknown}")
        for key in ("subnet_ids", "security_group_ids"):
            if not getattr(self, key):
                raise ValueError(f"{key} must not be empty: nothing of Studio is outside the VPC")


class StudioDomain(pulumi.ComponentResource):
    """A domain with no way out but the VPC's, and a profile with a role of the team per member.

    A member opens the profiles of its own role, and makes private spaces in them; notebooks can do
    what the role can. Outputs of notebooks are not shared. What a profile leaves open falls back to
    a role without any right.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    domain_id: pulumi.Output[str]
    profile_arns: Mapping[str, pulumi.Output[str]]
    """By member."""

    def __init__(
        self, name: str, args: StudioDomainArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:StudioDomain", name, {}, opts)
        tags = stamp(args.tags, component=name)
        nobody = aws.iam.Role(
            f"{name}-role",
            description="What a profile without a role of its own runs as: nothing is allowed",
            assume_role_policy=here().apply(lambda place: trust("sagemaker.amazonaws.com", place)),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        domain = aws.sagemaker.Domain(
            f"{name}-domain",
            domain_name=args.domain_name,
            auth_mode="IAM",
            app_network_access_type="VpcOnly",
            vpc_id=args.vpc_id,
            subnet_ids=list(args.subnet_ids),
            kms_key_id=args.key_arn,
            default_user_settings=_defaults(args, nobody.arn),
            retention_policy=aws.sagemaker.DomainRetentionPolicyArgs(
                home_efs_file_system="Retain" if args.deletion_protection else "Delete"
            ),
            tag_propagation="ENABLED",  # roles may look only at what carries the stack's tags
            tags=tags,
            # Its successor has its name.
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.deletion_protection, delete_before_replace=True
            ),
        )
        self.domain_id = domain.id
        self.profile_arns = {
            member: aws.sagemaker.UserProfile(
                f"{name}-{member}-profile",
                domain_id=domain.id,
                user_profile_name=member,
                user_settings=aws.sagemaker.UserProfileUserSettingsArgs(
                    execution_role=args.role_arns[role]
                ),
                tags=tags | {"role": role},
                opts=pulumi.ResourceOptions(parent=self),
            ).arn
            for member, role in args.members.items()
        }
        self._let_in(name, args)
        self.register_outputs({"domain_id": self.domain_id, "profile_arns": self.profile_arns})

    def _let_in(self, name: str, args: StudioDomainArgs) -> None:
        for role in sorted(set(args.members.values())):
            own = [member for member, held in args.members.items() if held == role]
            aws.iam.RolePolicy(
                f"{name}-{role.replace('_', '-')}-policy",
                role=args.role_names[role],
                policy=pulumi.Output.all(
                    place=here(), domain_id=self.domain_id, key_arn=args.key_arn, members=own
                ).apply(lambda known: work_in(known.pop("place"), **known)),
                opts=pulumi.ResourceOptions(parent=self),
            )


def _defaults(
    args: StudioDomainArgs, role_arn: pulumi.Input[str]
) -> aws.sagemaker.DomainDefaultUserSettingsArgsDict:
    """Return what holds for every profile, which names nothing but its role."""
    return {
        "execution_role": role_arn,
        "security_groups": list(args.security_group_ids),
        "sharing_settings": {"notebook_output_option": "Disabled"},
        "jupyter_lab_app_settings": {
            "app_lifecycle_management": {
                "idle_settings": {
                    "lifecycle_management": "ENABLED",
                    "idle_timeout_in_minutes": args.idle_minutes,
                    "max_idle_timeout_in_minutes": args.idle_minutes,
                }
            }
        },
        "code_editor_app_settings": {
            "app_lifecycle_management": {
                "idle_settings": {
                    "lifecycle_management": "ENABLED",
                    "idle_timeout_in_minutes": args.idle_minutes,
                    "max_idle_timeout_in_minutes": args.idle_minutes,
                }
            }
        },
    }
