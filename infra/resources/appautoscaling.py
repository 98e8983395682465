"""Application Auto Scaling: what may scale, and by what rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.resources.handler import Clients, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

PLACE = {
    "ServiceNamespace": "serviceNamespace",
    "ResourceId": "resourceId",
    "ScalableDimension": "scalableDimension",
}


class Target(Row):
    """Something that may scale, described by way of a filter."""

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the one target of that place."""
        answer = aws(self.service).describe_scalable_targets(
            ServiceNamespace=outputs["serviceNamespace"],
            ResourceIds=[outputs["resourceId"]],
            ScalableDimension=outputs["scalableDimension"],
        )
        return next(iter(answer["ScalableTargets"]), None)


class Policy(Row):
    """A scaling policy, described by way of a filter."""

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the one policy of that name and place."""
        answer = aws(self.service).describe_scaling_policies(
            ServiceNamespace=outputs["serviceNamespace"],
            ResourceId=outputs["resourceId"],
            ScalableDimension=outputs["scalableDimension"],
            PolicyNames=[outputs["name"]],
        )
        return next(iter(answer["ScalingPolicies"]), None)


class ScheduledAction(Row):
    """A time at which the limits of a target change, described by way of a filter."""

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the one action of that name and place."""
        answer = aws(self.service).describe_scheduled_actions(
            ServiceNamespace=outputs["serviceNamespace"],
            ResourceId=outputs["resourceId"],
            ScalableDimension=outputs["scalableDimension"],
            ScheduledActionNames=[outputs["name"]],
        )
        return next(iter(answer["ScheduledActions"]), None)


TYPES = (
    Target(
        token="aws:appautoscaling/target:Target",
        source="internal/service/appautoscaling/target.go",
        service="application-autoscaling",
        create_op="RegisterScalableTarget",
        read_op="DescribeScalableTargets",
        read_path="ScalableTargets",
        update_op="RegisterScalableTarget",
        delete_op="DeregisterScalableTarget",
        gone_text="no scalable target",
        key=PLACE,
        id="resourceId",
        computed={"arn": "ScalableTargetARN", "roleArn": "RoleARN"},
        required=("minCapacity", "maxCapacity", *PLACE.values()),
        replace_on=frozenset(PLACE.values()),
        tagging=Tagging("TagResource", "UntagResource", "ListTagsForResource", "ResourceARN"),
    ),
    Policy(
        token="aws:appautoscaling/policy:Policy",
        source="internal/service/appautoscaling/policy.go",
        service="application-autoscaling",
        create_op="PutScalingPolicy",
        read_op="DescribeScalingPolicies",
        read_path="ScalingPolicies",
        update_op="PutScalingPolicy",
        delete_op="DeleteScalingPolicy",
        gone_text="no scaling policy",
        key={**PLACE, "PolicyName": "name"},
        id="name",
        autoname=AutoName("name", 255),
        renames={"name": "PolicyName"},
        computed={"arn": "PolicyARN", "alarmArns": "Alarms[].AlarmARN"},
        defaults={"policyType": "StepScaling"},
        required=tuple(PLACE.values()),
        replace_on=frozenset({"name", *PLACE.values()}),
    ),
    ScheduledAction(
        token="aws:appautoscaling/scheduledAction:ScheduledAction",
        source="internal/service/appautoscaling/scheduled_action.go",
        service="application-autoscaling",
        create_op="PutScheduledAction",
        read_op="DescribeScheduledActions",
        read_path="ScheduledActions",
        update_op="PutScheduledAction",
        delete_op="DeleteScheduledAction",
        gone_text="no scheduled action",
        key={**PLACE, "ScheduledActionName": "name"},
        id="name",
        autoname=AutoName("name", 255),
        renames={"name": "ScheduledActionName"},
        computed={"arn": "ScheduledActionARN"},
        defaults={"timezone": "UTC"},
        required=("schedule", "scalableTargetAction", *PLACE.values()),
        replace_on=frozenset({"name", *PLACE.values()}),
    ),
)
