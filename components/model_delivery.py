"""How an approved version reaches the endpoint: the stack is updated, by a build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._alarm import Watch, watch
from components._build import Build, BuildArgs, declare_build, start_on_rule
from components._iam_serving import DeliveryReach, deliver
from components._place import here
from components._tags import stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelDeliveryArgs(BuildArgs):
    """Inputs of :class:`ModelDelivery`.

    Raises:
        ValueError: no commands, or a source without a location.
    """

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
    state_bucket: str | None = None
    """Bucket of Pulumi's state, which builds read and write; by default it lies elsewhere."""


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
        project = declare_build(
            name,
            args,
            Build(
                description=f"Updates {args.stack} to the newest approved version",
                variables=_variables(args),
                policy=lambda logs: _policy(args, logs),
            ),
            tags=tags,
            parent=self,
        )
        start_on_rule(
            name,
            project,
            rule=args.approval_rule,
            key_arn=args.key_arn,
            tags=tags,
            parent=self,
            alerting=args.alerting,
        )
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


def _variables(args: ModelDeliveryArgs) -> Mapping[str, str]:
    values = {"STACK": args.stack}
    if args.state_bucket is not None:
        values["PULUMI_BACKEND_URL"] = f"s3://{args.state_bucket}"
    return values


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
                tags=args.tags,
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
