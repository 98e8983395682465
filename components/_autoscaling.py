"""Application Auto Scaling for the variants of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components._iam_serving import BACKLOG_ALARM_SUFFIX
from components.scaling import BusinessHours, Scaling
from components.variants import Variant

if TYPE_CHECKING:
    _Dimension = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgsDict  # noqa: E501 - pulumi-aws's name
    _Tracking = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgsDict

SERVICE = "sagemaker"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScalingPlan:
    """What the resources of one variant share."""

    name: str
    """Start of the logical names."""
    endpoint_name: pulumi.Input[str]
    known_endpoint_name: str
    scaling: Scaling
    variant: Variant
    tags: Mapping[str, str]
    parent: pulumi.Resource


def scales(variant: Variant, scaling: Scaling) -> bool:
    """Tell whether the number of instances ever changes by itself."""
    fixed = variant.max_instance_count == variant.min_instance_count
    return not fixed or scaling.business_hours is not None


def scale(plan: ScalingPlan) -> None:
    """Declare target, policy and schedules of one variant."""
    variant, hours = plan.variant, plan.scaling.business_hours
    target = aws.appautoscaling.Target(
        f"{plan.name}-scaling",
        service_namespace=SERVICE,
        scalable_dimension=DIMENSION,
        resource_id=pulumi.Output.concat(
            "endpoint/", plan.endpoint_name, f"/variant/{variant.name}"
        ),
        min_capacity=variant.min_instance_count,
        max_capacity=variant.max_instance_count,
        tags=plan.tags,
        # The schedules move the minimum; an update within the hours must not move it back.
        opts=pulumi.ResourceOptions(
            parent=plan.parent, ignore_changes=["minCapacity"] if hours else None
        ),
    )
    aws.appautoscaling.Policy(
        f"{plan.name}-scaling-policy",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=tracking(plan),
        opts=pulumi.ResourceOptions(parent=plan.parent),
    )
    if variant.min_instance_count == 0:
        _wake(plan, target)
    if hours is not None:
        _schedule(plan, target, hours)


def tracking(plan: ScalingPlan) -> _Tracking:
    """Return what the policy aims at; AWS makes and keeps the alarms for it."""
    scaling = plan.scaling
    aim: _Tracking = {
        "target_value": scaling.target,
        "scale_in_cooldown": scaling.scale_in_cooldown_seconds,
        "scale_out_cooldown": scaling.scale_out_cooldown_seconds,
    }
    endpoint: _Dimension = {"name": "EndpointName", "value": plan.known_endpoint_name}
    variant: _Dimension = {"name": "VariantName", "value": plan.variant.name}
    match scaling.metric:
        case "invocations":
            predefined = "SageMakerVariantInvocationsPerInstance"
            aim["predefined_metric_specification"] = {"predefined_metric_type": predefined}
        case "concurrency":
            predefined = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
            aim["predefined_metric_specification"] = {"predefined_metric_type": predefined}
        case "gpu":
            aim["customized_metric_specification"] = {
                "namespace": "/aws/sagemaker/Endpoints",
                "metric_name": "GPUUtilization",
                "statistic": "Average",
                "unit": "Percent",
                "dimensions": [endpoint, variant],
            }
        case "backlog":
            aim["customized_metric_specification"] = {
                "namespace": "AWS/SageMaker",
                "metric_name": "ApproximateBacklogSizePerInstance",
                "statistic": "Average",
                "dimensions": [endpoint],
            }
    return aim


def _wake(plan: ScalingPlan, target: aws.appautoscaling.Target) -> None:
    """Add an instance where requests wait and there is none: a backlog per nothing is no number."""
    policy = aws.appautoscaling.Policy(
        f"{plan.name}-waking-policy",
        policy_type="StepScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        step_scaling_policy_configuration={
            "adjustment_type": "ChangeInCapacity",
            "metric_aggregation_type": "Average",
            "cooldown": plan.scaling.scale_in_cooldown_seconds,
            "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
        },
        opts=pulumi.ResourceOptions(parent=plan.parent),
    )
    aws.cloudwatch.MetricAlarm(
        f"{plan.name}-backlog",
        name=f"{plan.known_endpoint_name}{BACKLOG_ALARM_SUFFIX}",
        alarm_description=f"{plan.known_endpoint_name}: requests wait and no instance stands",
        namespace="AWS/SageMaker",
        metric_name="HasBacklogWithoutCapacity",
        dimensions={"EndpointName": plan.known_endpoint_name},
        statistic="Average",
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        period=60,
        evaluation_periods=2,
        datapoints_to_alarm=2,
        treat_missing_data="missing",
        alarm_actions=[policy.arn],
        tags=plan.tags,
        opts=pulumi.ResourceOptions(parent=plan.parent),
    )


def _schedule(plan: ScalingPlan, target: aws.appautoscaling.Target, hours: BusinessHours) -> None:
    for role, moment, count in (
        ("opening", hours.starts_at, hours.min_instance_count),
        ("closing", hours.ends_at, plan.variant.min_instance_count),
    ):
        aws.appautoscaling.ScheduledAction(
            f"{plan.name}-{role}",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            schedule=cron(moment, hours.days),
            timezone=hours.time_zone,
            scalable_target_action={"min_capacity": count},
            opts=pulumi.ResourceOptions(parent=plan.parent),
        )


def cron(moment: str, days: str) -> str:
    """Return the schedule of a time of day, ``HH:MM``, on some days of the week."""
    hour, _, minute = moment.partition(":")
    return f"cron({int(minute)} {int(hour)} ? * {days} *)"
