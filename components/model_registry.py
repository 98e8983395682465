"""The versions of one model, and word of their approval."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam_promotion import versions_for
from components._place import here
from components._tags import stamp
from components.downstream import Downstream


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRegistryArgs:
    """Inputs of :class:`ModelRegistry`."""

    group_name: str
    """Name of the model package group; a change replaces it and loses its versions."""
    description: str
    """What the model tells."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    announces_candidates: bool = False
    """Say too when a version waits for approval or is rejected: what is shadowed changes then."""
    downstream: Downstream | None = None
    """Who of another account may read the versions; by default nobody."""
    deletion_protection: bool = True
    """Pulumi refuses to delete or replace the group."""


class ModelRegistry(pulumi.ComponentResource):
    """A model package group, and the event rule that says when a version was approved.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    group_name: pulumi.Output[str]
    group_arn: pulumi.Output[str]
    approval_rule: pulumi.Output[str]
    """Name of the event rule on the default bus, to attach what delivers to."""
    approval_rule_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ModelRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ModelRegistry", name, {}, opts)
        tags = stamp(args.tags, component=name)
        group = aws.sagemaker.ModelPackageGroup(
            f"{name}-group",
            model_package_group_name=args.group_name,
            model_package_group_description=args.description,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection),
        )
        if (downstream := args.downstream) is not None:
            aws.sagemaker.ModelPackageGroupPolicy(
                f"{name}-readers",
                model_package_group_name=group.model_package_group_name,
                resource_policy=pulumi.Output.all(here(), group.arn).apply(
                    lambda both: versions_for(both[0], both[1], downstream)
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
        rule = aws.cloudwatch.EventRule(
            f"{name}-approval",
            description=f"What is to be served of {args.group_name} changed",
            event_pattern=group.model_package_group_name.apply(
                lambda group_name: approved(group_name, candidates=args.announces_candidates)
            ),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.group_name = group.model_package_group_name
        self.group_arn = group.arn
        self.approval_rule = rule.name
        self.approval_rule_arn = rule.arn
        self.register_outputs(
            {
                "group_name": self.group_name,
                "group_arn": self.group_arn,
                "approval_rule": self.approval_rule,
                "approval_rule_arn": self.approval_rule_arn,
            }
        )


def approved(group_name: str, *, candidates: bool = False) -> str:
    """Return the event pattern of approvals in the group, with ``candidates`` of all statuses."""
    others = ["PendingManualApproval", "Rejected"] if candidates else []
    return json.dumps(
        {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Model Package State Change"],
            "detail": {
                "ModelPackageGroupName": [group_name],
                "ModelApprovalStatus": ["Approved", *others],
            },
        },
        sort_keys=True,
    )
