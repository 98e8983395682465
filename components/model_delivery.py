"""How an approved version reaches the endpoint: the stack is updated, by a build."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components._alarm import Watch, watch
from components._iam import allow, document, trust
from components._iam_serving import DeliveryReach, deliver
from components._place import here
from components._queue import dead_letter_queue
from components._tags import stamp
from components.alerting import Alerting

IMAGE = "aws/codebuild/amazonlinux-aarch64-standard:3.0"
SourceType = Literal["GITHUB", "CODECOMMIT", "S3", "NO_SOURCE"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelDeliveryArgs:
    """Inputs of :class:`ModelDelivery`.

    Raises:
        ValueError: no commands, or a source without a location.
    """

    stack: str
    """The commands know it as ``$STACK``."""
    commands: Sequence[str]
    """Shell commands in order; the first that fails fails the build."""
    source_type: SourceType
    """Where the commands find the repository."""
    approval_rule: pulumi.Input[str]
    """Event rule that says when a version was approved."""
    approval_rule_arn: pulumi.Input[str]
    """The same rule."""
    model_package_group: pulumi.Input[str]
    """Group whose newest approved version is read."""
    endpoint_name: str
    """Endpoint that is updated."""
    model_name_prefix: str
    """What the names of models and endpoint configurations start with."""
    serving_role_arn: pulumi.Input[str]
    """Role that models are given; no other may be passed."""
    feature_groups: Sequence[pulumi.Input[str]]
    """Groups whose schema an update compares with what is declared."""
    models: pulumi.Input[str]
    """``bucket/prefix`` below which versions keep the sample that the endpoint is asked."""
    data_key_arn: pulumi.Input[str]
    """Customer key of the endpoint's disks, and of what lies below ``models``."""
    key_arn: pulumi.Input[str]
    """Customer key of build, log and queue."""
    log_group_name: str
    """Log group of the builds."""
    tags: Mapping[str, str]
    """Must hold ``components._tags.REQUIRED``."""
    alerting: Alerting | None = None
    """Whom the alarms tell; left out, they tell nobody."""
    source_location: str | None = None
    """Clone URL or ``bucket/key``; ``None`` with ``NO_SOURCE``."""
    compute_type: str = "BUILD_GENERAL1_SMALL"
    """CodeBuild compute."""
    timeout_minutes: int = 60
    state_bucket: str | None = None
    """Bucket of Pulumi's state, which builds read and write; by default it lies elsewhere."""
    log_retention_days: int = 365

    def __post_init__(self) -> None:
        if not self.commands:
            raise ValueError("commands must hold one command or more, got none")
        if (self.source_type == "NO_SOURCE") != (self.source_location is None):
            raise ValueError(
                f"source_location must be set unless source_type is NO_SOURCE, got"
                f" {self.source_location!r} with {self.source_type}"
            )


class ModelDelivery(pulumi.ComponentResource):
    """A build, started by each approval, that updates the stack to the newest approved version.

    Its role may change the model, the endpoint configuration and the endpoint: an update that
    would change anything else fails, and is a person's to make.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    project_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: ModelDeliveryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ModelDelivery", name, {}, opts)
        tags = stamp(args.tags, component=name)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=args.log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role = self._role(name, "codebuild.amazonaws.com", _policy(args, logs), tags)
        project = aws.codebuild.Project(
            f"{name}-project",
            description=f"Updates {args.stack} to the newest approved version",
            service_role=role.arn,
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "ARM_CONTAINER",
                "image": IMAGE,
                "compute_type": args.compute_type,
                "environment_variables": _variables(args),
            },
            source={
                "type": args.source_type,
                "location": args.source_location,
                "buildspec": buildspec(args.commands),
            },
            # Two updates of one stack would meet at its lock; the second waits as an event.
            concurrent_build_limit=1,
            build_timeout=args.timeout_minutes,
            encryption_key=args.key_arn,
            logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": logs.name}},
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._start(name, args, project, tags)
        if args.alerting is not None:
            failed = Watch(
                runbook="delivery-failed",
                description=f"A delivery to {args.stack} failed: the version before serves on",
                namespace="AWS/CodeBuild",
                metric="FailedBuilds",
                dimensions={"ProjectName": project.name},
                urgent=True,
            )
            watch(f"{name}-failed", failed, args.alerting, tags=tags, parent=self)
        self.project_name = project.name
        self.register_outputs({"project_name": self.project_name})

    def _start(
        self,
        name: str,
        args: ModelDeliveryArgs,
        project: aws.codebuild.Project,
        tags: Mapping[str, str],
    ) -> None:
        starter = self._role(
            f"{name}-starter",
            "events.amazonaws.com",
            project.arn.apply(lambda arn: document(allow("codebuild:StartBuild", on=arn))),
            tags,
        )
        queue = dead_letter_queue(
            f"{name}-unstarted",
            key_arn=args.key_arn,
            tags=tags,
            parent=self,
            alerting=args.alerting,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-target",
            rule=args.approval_rule,
            arn=project.arn,
            role_arn=starter.arn,
            dead_letter_config={"arn": queue.arn},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _role(
        self, name: str, service: str, policy: pulumi.Input[str], tags: Mapping[str, str]
    ) -> aws.iam.Role:
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=here().apply(lambda place: trust(service, place)),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=policy,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role


def buildspec(commands: Sequence[str]) -> str:
    """Return the build's specification, as JSON, which YAML takes for its own."""
    return json.dumps(
        {
            "version": 0.2,
            "env": {"shell": "bash"},
            "phases": {"build": {"commands": list(commands)}},
        },
        indent=1,  # on one line CodeBuild takes it for the path of a file
    )


def _variables(
    args: ModelDeliveryArgs,
) -> list[aws.codebuild.ProjectEnvironmentEnvironmentVariableArgsDict]:
    values = {"STACK": args.stack}
    if args.state_bucket is not None:
        values["PULUMI_BACKEND_URL"] = f"s3://{args.state_bucket}"
    return [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in values.items()]


def _policy(args: ModelDeliveryArgs, logs: aws.cloudwatch.LogGroup) -> pulumi.Output[str]:
    return pulumi.Output.all(
        place=here(),
        model_package_group=args.model_package_group,
        serving_role_arn=args.serving_role_arn,
        feature_groups=pulumi.Output.all(*args.feature_groups),
        key_arn=args.key_arn,
        data_key_arn=args.data_key_arn,
        models=args.models,
        log_group=logs.name,
    ).apply(
        lambda known: deliver(
            known["place"],
            DeliveryReach(
                model_package_group=known["model_package_group"],
                endpoint_name=args.endpoint_name,
                model_name_prefix=args.model_name_prefix,
                serving_role_arn=known["serving_role_arn"],
                key_arn=known["key_arn"],
                data_key_arn=known["data_key_arn"],
                log_group=known["log_group"],
                feature_groups=known["feature_groups"],
                models=known["models"],
                state_bucket=args.state_bucket,
            ),
        )
    )
