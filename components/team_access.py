"""What the people of a team may do in one environment: a role for each role of the MLOps paper."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components._iam import path
from components._iam import trust as trust_service
from components._iam_boundary import POLICY_NAME, boundary, trust
from components._iam_experiments import run_experiments
from components._iam_people import ROLES, Role, may
from components._iam_team import Team
from components._place import Place, here
from components._tags import stamp

DESCRIPTIONS: Mapping[Role, str] = {
    "business_stakeholder": "R1: sees dashboards and cost",
    "solution_architect": "R2: reads how everything is configured, and no data",
    "data_scientist": "R3: reads features and traffic, runs experiments",
    "data_engineer": "R4: runs feature pipelines, reads data and its quality",
    "software_engineer": "R5: reads code and builds, calls the scoring API",
    "devops_engineer": "R6: runs deliveries, tends alarms and logs",
    "ml_engineer": "R7: approves versions, runs pipelines, answers for the model",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamAccessArgs:
    """Inputs of :class:`TeamAccess`.

    Raises:
        ValueError: ``trusted`` or ``studio_roles`` name what is none of the seven roles.
    """

    stack: str
    """Start, before a hyphen, of the names of pipelines, groups, endpoints, alarms and logs."""
    raw_bucket: pulumi.Input[str]
    """Bucket of raw data and labels."""
    features_bucket: pulumi.Input[str]
    """Bucket of the offline store."""
    artifacts_bucket: pulumi.Input[str]
    """Bucket of code, models and reports; scientists write below ``experiments/``."""
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
    """Scoring APIs: what ``execute-api:Invoke`` is asked on; perhaps none."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    trusted: Mapping[Role, Sequence[str]] = field(default_factory=dict)
    """ARNs of those who may assume each role, ``*`` and ``?`` allowed; whoever is not named there
    needs the account's leave and a second factor."""
    studio_roles: Collection[Role] = ()
    """Roles with which SageMaker Studio works for their holders."""
    experiments: bool = False
    """Data scientists run jobs and start trainings here."""
    raw_data_by_hand: bool = False
    """Data engineers write raw data here; elsewhere it arrives by itself."""
    subnet_ids: Sequence[pulumi.Input[str]] = ()
    """Subnets that scientists' jobs must join; empty leaves them outside a VPC."""

    def __post_init__(self) -> None:
        for name, roles in (("trusted", self.trusted), ("studio_roles", self.studio_roles)):
            if unknown := sorted(set(roles) - set(ROLES)):
                raise ValueError(f"{name} must be of {list(ROLES)}, got {unknown}")


class TeamAccess(pulumi.ComponentResource):
    """The roles R1 to R7 of the MLOps paper, each with its policy, all within one boundary.

    No role changes what is declared, and none can change IAM: not its policy, not its boundary, not
    who assumes it. Jobs that a data scientist starts run as one further role, which can do no more
    to data than the scientist.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    role_arns: Mapping[Role, pulumi.Output[str]]
    role_names: Mapping[Role, pulumi.Output[str]]
    boundary_arn: pulumi.Output[str]
    experiment_role_arn: pulumi.Output[str] | None
    """Role to pass to jobs; ``None`` where no experiments are run."""

    def __init__(
        self, name: str, args: TeamAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:TeamAccess", name, {}, opts)
        tags = stamp(args.tags, component=name)
        child = pulumi.ResourceOptions(parent=self)
        below = path(args.stack)
        experimenter = None
        if args.experiments:
            experimenter = aws.iam.Role(
                f"{name}-experiments-role",
                description="What jobs of data scientists run as",
                path=below,
                assume_role_policy=here().apply(
                    lambda place: trust_service("sagemaker.amazonaws.com", place)
                ),
                tags=tags,
                opts=child,
            )
        team = _team(args, experimenter)
        if experimenter is not None:
            aws.iam.RolePolicy(
                f"{name}-experiments-policy",
                role=experimenter.name,
                policy=team.apply(lambda known: run_experiments(*known)),
                opts=child,
            )
        limit = aws.iam.Policy(
            f"{name}-boundary",
            name=POLICY_NAME,
            description=f"The most that people of {args.stack} can do",
            path=below,
            policy=team.apply(lambda known: boundary(*known)),
            tags=tags,
            opts=child,
        )
        roles = {role: self._role(name, role, args, team=team, limit=limit) for role in ROLES}
        self.role_arns = {role: made.arn for role, made in roles.items()}
        self.role_names = {role: made.name for role, made in roles.items()}
        self.boundary_arn = limit.arn
        self.experiment_role_arn = None if experimenter is None else experimenter.arn
        self.register_outputs(
            {
                "role_arns": self.role_arns,
                "role_names": self.role_names,
                "boundary_arn": self.boundary_arn,
                "experiment_role_arn": self.experiment_role_arn,
            }
        )

    def _role(
        self,
        name: str,
        role: Role,
        args: TeamAccessArgs,
        *,
        team: pulumi.Output[tuple[Place, Team]],
        limit: aws.iam.Policy,
    ) -> aws.iam.Role:
        word = role.replace("_", "-")
        made = aws.iam.Role(
            f"{name}-{word}-role",
            description=DESCRIPTIONS[role],
            path=path(args.stack),
            assume_role_policy=here().apply(
                lambda place: trust(
                    place, args.trusted.get(role, ()), studio=role in args.studio_roles
                )
            ),
            permissions_boundary=limit.arn,
            tags=stamp(args.tags, component=name) | {"role": role},
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.iam.RolePolicy(
            f"{name}-{word}-policy",
            role=made.name,
            policy=team.apply(lambda known: may(role, *known)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made


def _team(
    args: TeamAccessArgs, experimenter: aws.iam.Role | None
) -> pulumi.Output[tuple[Place, Team]]:
    return pulumi.Output.all(
        place=here(),
        raw_bucket=args.raw_bucket,
        features_bucket=args.features_bucket,
        artifacts_bucket=args.artifacts_bucket,
        capture_bucket=args.capture_bucket,
        raw_key_arn=args.raw_key_arn,
        features_key_arn=args.features_key_arn,
        artifacts_key_arn=args.artifacts_key_arn,
        capture_key_arn=args.capture_key_arn,
        operations_key_arn=args.operations_key_arn,
        api_arns=pulumi.Output.all(*args.api_arns),
        experiment_role_arn=None if experimenter is None else experimenter.arn,
        subnet_ids=pulumi.Output.all(*args.subnet_ids),
    ).apply(
        lambda known: (
            known.pop("place"),
            Team(stack=args.stack, tags=args.tags, raw_data_by_hand=args.raw_data_by_hand, **known),
        )
    )
