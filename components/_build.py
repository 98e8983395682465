"""A CodeBuild project that runs shell commands, and the event rule that starts it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components._iam import allow, document, trust
from components._place import here
from components._queue import dead_letter_queue
from components.alerting import Alerting

IMAGE = "aws/codebuild/amazonlinux-aarch64-standard:3.0"
SourceType = Literal["GITHUB", "CODECOMMIT", "S3", "NO_SOURCE", "CODEPIPELINE"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildPlan:
    """What one project differs in from the others."""

    description: str
    commands: Sequence[str]
    source_type: SourceType
    source_location: str | None
    variables: Mapping[str, pulumi.Input[str]]
    compute_type: str
    timeout_minutes: int
    log_group: aws.cloudwatch.LogGroup
    key_arn: pulumi.Input[str]
    tags: Mapping[str, str]
    parent: pulumi.Resource
    source_version: str | None = None
    hands_on: Mapping[str, object] | None = None
    """``artifacts`` of the buildspec, for a build of a pipeline."""
    exports: Sequence[str] = ()
    """Variables that a pipeline's later actions may refer to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildArgs:
    """Inputs of components that are a build of the repository's commands.

    Raises:
        ValueError: no commands, or a source without a location.
    """

    stack: str
    """The commands know it as ``$STACK``."""
    commands: Sequence[str]
    """Shell commands in order; the first that fails fails the build."""
    source_type: SourceType
    """Where the commands find the repository."""
    key_arn: pulumi.Input[str]
    """Customer key of build, log and queue."""
    log_group_name: str
    """Log group of the builds."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    alerting: Alerting | None = None
    """Whom the alarms tell; left out, they tell nobody."""
    source_location: str | None = None
    """Clone URL or ``bucket/key``; ``None`` with ``NO_SOURCE``."""
    source_version: str | None = None
    """Branch, tag, commit or ``pr/12``; left out, the newest of the default branch."""
    compute_type: str = "BUILD_GENERAL1_SMALL"
    """CodeBuild compute."""
    timeout_minutes: int = 60
    log_retention_days: int = 365

    def __post_init__(self) -> None:
        if not self.commands:
            raise ValueError("commands must hold one command or more, got none")
        check_source(self.source_type, self.source_location)


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """What one of them differs in from the others."""

    description: str
    variables: Mapping[str, pulumi.Input[str]]
    policy: Callable[[aws.cloudwatch.LogGroup], pulumi.Output[str]]
    """Returns the policy of its role, given where it writes its log."""
    role_name: str | None = None
    """Where others have to know it."""


def declare_build(
    name: str, args: BuildArgs, what: Build, *, tags: Mapping[str, str], parent: pulumi.Resource
) -> aws.codebuild.Project:
    """Declare a build with its log group and its role."""
    logs = build_log(
        name,
        args.log_group_name,
        retention_days=args.log_retention_days,
        key_arn=args.key_arn,
        tags=tags,
        parent=parent,
    )
    role = build_role(
        name,
        "codebuild.amazonaws.com",
        what.policy(logs),
        tags=tags,
        parent=parent,
        role_name=what.role_name,
    )
    plan = BuildPlan(
        description=what.description,
        commands=args.commands,
        source_type=args.source_type,
        source_location=args.source_location,
        source_version=args.source_version,
        variables=what.variables,
        compute_type=args.compute_type,
        timeout_minutes=args.timeout_minutes,
        log_group=logs,
        key_arn=args.key_arn,
        tags=tags,
        parent=parent,
    )
    return build_project(name, plan, role)


def check_source(source_type: SourceType, source_location: str | None) -> None:
    """Refuse a source without a location, or a location without a source.

    Raises:
        ValueError: it is one of these.
    """
    if (source_type in {"NO_SOURCE", "CODEPIPELINE"}) != (source_location is None):
        raise ValueError(
            f"source_location must be set unless source_type is NO_SOURCE, got"
            f" {source_location!r} with {source_type}"
        )


def build_log(  # noqa: PLR0913 - keywords, each with one meaning
    name: str,
    log_group_name: str,
    *,
    retention_days: int,
    key_arn: pulumi.Input[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> aws.cloudwatch.LogGroup:
    """Declare the log group of builds."""
    return aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=log_group_name,
        retention_in_days=retention_days,
        kms_key_id=key_arn,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def build_project(name: str, plan: BuildPlan, role: aws.iam.Role) -> aws.codebuild.Project:
    """Declare a project that builds one commit at a time."""
    in_pipeline = plan.source_type == "CODEPIPELINE"
    return aws.codebuild.Project(
        f"{name}-project",
        description=plan.description,
        service_role=role.arn,
        artifacts={"type": "CODEPIPELINE" if in_pipeline else "NO_ARTIFACTS"},
        environment={
            "type": "ARM_CONTAINER",
            "image": IMAGE,
            "compute_type": plan.compute_type,
            "environment_variables": [
                {"name": key, "value": value, "type": "PLAINTEXT"}
                for key, value in plan.variables.items()
            ],
        },
        source={
            "type": plan.source_type,
            "location": plan.source_location,
            "buildspec": buildspec(plan.commands, plan.exports, plan.hands_on),
        },
        source_version=plan.source_version,
        # Two updates of one stack would meet at its lock; the second waits as an event.
        concurrent_build_limit=1,
        build_timeout=plan.timeout_minutes,
        encryption_key=plan.key_arn,
        logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": plan.log_group.name}},
        tags=plan.tags,
        opts=pulumi.ResourceOptions(parent=plan.parent),
    )


def build_role(  # noqa: PLR0913 - keywords, each with one meaning
    name: str,
    service: str,
    policy: pulumi.Input[str],
    *,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
    role_name: str | None = None,
) -> aws.iam.Role:
    """Declare a role that a service assumes; ``role_name`` where others have to know it."""
    role = aws.iam.Role(
        f"{name}-role",
        name=role_name,
        assume_role_policy=here().apply(lambda place: trust(service, place)),
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.iam.RolePolicy(
        f"{name}-policy",
        role=role.name,
        policy=policy,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return role


def start_on_rule(  # noqa: PLR0913 - keywords, each with one meaning
    name: str,
    what: aws.codebuild.Project | aws.codepipeline.Pipeline,
    *,
    rule: pulumi.Input[str],
    key_arn: pulumi.Input[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
    alerting: Alerting | None = None,
) -> None:
    """Start a build, or a pipeline of them, for each event of a rule.

    What could not start waits in a queue.
    """
    builds = isinstance(what, aws.codebuild.Project)
    action = "codebuild:StartBuild" if builds else "codepipeline:StartPipelineExecution"
    starter = build_role(
        f"{name}-starter",
        "events.amazonaws.com",
        what.arn.apply(lambda arn: document(allow(action, on=arn))),
        tags=tags,
        parent=parent,
    )
    queue = dead_letter_queue(
        f"{name}-unstarted", key_arn=key_arn, tags=tags, parent=parent, alerting=alerting
    )
    aws.cloudwatch.EventTarget(
        f"{name}-target",
        rule=rule,
        arn=what.arn,
        role_arn=starter.arn,
        dead_letter_config={"arn": queue.arn},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def buildspec(
    commands: Sequence[str],
    exports: Sequence[str] = (),
    hands_on: Mapping[str, object] | None = None,
) -> str:
    """Return the build's specification, as JSON, which YAML takes for its own."""
    env = {"shell": "bash", **({"exported-variables": list(exports)} if exports else {})}
    specification: dict[str, object] = {
        "version": 0.2,
        "env": env,
        "phases": {"build": {"commands": list(commands)}},
    }
    if hands_on is not None:
        specification["artifacts"] = hands_on
    return json.dumps(specification, indent=1)  # on one line CodeBuild takes it for a file's path
