"""How a version that was approved in the environment before gets here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._build import Build, BuildArgs, declare_build, start_on_rule
from components._iam_promotion import PromotionReach, copy_versions
from components._place import here
from components._tags import stamp
from components.model_registry import approved


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelPromotionArgs(BuildArgs):
    """Inputs of :class:`ModelPromotion`.

    Raises:
        ValueError: no commands, or a source without a location.
    """

    use_case: str
    """The commands know it as ``$USE_CASE``."""
    upstream_group: str
    """Name of the model package group whose approved versions are copied."""
    upstream_group_arn: pulumi.Input[str]
    """The same group; it may lie in another account."""
    upstream_bucket: pulumi.Input[str]
    """Bucket in which those versions' archives lie."""
    upstream_key_arn: pulumi.Input[str]
    """Customer key of that bucket."""
    group_arn: pulumi.Input[str]
    """Model package group that gets the copies, to be approved again."""
    bucket: pulumi.Input[str]
    """Bucket that gets the archives."""
    copies_prefix: str
    """Where in that bucket they lie, by their SHA-256."""
    data_key_arn: pulumi.Input[str]
    """Customer key of that bucket."""
    role_name: str
    """Name of the build's role: the upstream account's policies know it."""


class ModelPromotion(pulumi.ComponentResource):
    """A build that copies the newest approved version of the environment before, bytes and all.

    Its role can register versions and cannot approve them. Where both environments share an
    account, an approval upstream starts it; events do not cross accounts by themselves, so there a
    person, a pipeline or a workflow does.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    project_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: ModelPromotionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ModelPromotion", name, {}, opts)
        tags = stamp(args.tags, component=name)
        project = declare_build(
            name,
            args,
            Build(
                description=f"Copies approved versions of {args.upstream_group} to {args.stack}",
                variables=_variables(args),
                policy=lambda logs: _policy(args, logs),
                role_name=args.role_name,
            ),
            tags=tags,
            parent=self,
        )
        rule = aws.cloudwatch.EventRule(
            f"{name}-approval",
            description=f"A version of {args.upstream_group} was approved",
            event_pattern=approved(args.upstream_group),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        start_on_rule(
            name,
            project,
            rule=rule.name,
            key_arn=args.key_arn,
            tags=tags,
            parent=self,
            alerting=args.alerting,
        )
        self.project_name = project.name
        self.register_outputs({"project_name": self.project_name})


def _variables(args: ModelPromotionArgs) -> Mapping[str, pulumi.Input[str]]:
    return {
        "STACK": args.stack,
        "USE_CASE": args.use_case,
        "MLOPS_UPSTREAM_GROUP": args.upstream_group_arn,
        "MLOPS_GROUP": args.group_arn,
        "MLOPS_BUCKET": args.bucket,
        "MLOPS_DATA_KEY": args.data_key_arn,
    }


def _policy(args: ModelPromotionArgs, logs: aws.cloudwatch.LogGroup) -> pulumi.Output[str]:
    return pulumi.Output.all(
        place=here(),
        upstream_group_arn=args.upstream_group_arn,
        upstream_bucket=args.upstream_bucket,
        upstream_key_arn=args.upstream_key_arn,
        group_arn=args.group_arn,
        copies=pulumi.Output.concat(args.bucket, "/", args.copies_prefix),
        data_key_arn=args.data_key_arn,
        key_arn=args.key_arn,
        log_group=logs.name,
    ).apply(
        lambda known: copy_versions(
            known["place"],
            PromotionReach(
                upstream_group_arn=known["upstream_group_arn"],
                upstream_bucket=known["upstream_bucket"],
                upstream_key_arn=known["upstream_key_arn"],
                group_arn=known["group_arn"],
                copies=known["copies"],
                data_key_arn=known["data_key_arn"],
                key_arn=known["key_arn"],
                log_group=known["log_group"],
            ),
        )
    )
