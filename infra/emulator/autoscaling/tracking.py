"""The two alarms with which a target tracking policy watches a variant of an endpoint."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy
from moto.cloudwatch.models import cloudwatch_backends

from infra.emulator.context import Context

HIGH_PERIODS: Final = 3
LOW_PERIODS: Final = 15
LOW_SHARE: Final = 0.9
"""AWS scales in below nine tenths of the target, so that it does not swing."""
_PREDEFINED: Final = {
    "SageMakerVariantInvocationsPerInstance": ("InvocationsPerInstance", "Sum", 60),
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": (
        "ConcurrentRequestsPerModel",
        "Average",
        10,
    ),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """What a policy tracks."""

    namespace: str
    name: str
    dimensions: list[dict[str, str]]
    statistic: str
    unit: str | None
    high_period_seconds: int


def tracked(policy: FakeApplicationAutoscalingPolicy) -> Metric:
    """Return the metric of a policy.

    Raises:
        AWSValidationException: none is named, or one that is not emulated.
    """
    config = policy.target_tracking_scaling_policy_configuration or {}
    if custom := config.get("CustomizedMetricSpecification"):
        if custom.get("Metrics"):
            raise AWSValidationException("metric math in scaling policies is not emulated")
        return Metric(
            custom["Namespace"],
            custom["MetricName"],
            list(custom.get("Dimensions") or []),
            custom["Statistic"],
            custom.get("Unit"),
            60,
        )
    kind = (config.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
    if kind not in _PREDEFINED:
        raise AWSValidationException(f"PredefinedMetricType {kind} is not emulated for SageMaker")
    name, statistic, period = _PREDEFINED[kind]
    _, endpoint, _, variant = policy.resource_id.split("/")
    dimensions = [
        {"Name": "EndpointName", "Value": endpoint},
        {"Name": "VariantName", "Value": variant},
    ]
    return Metric("AWS/SageMaker", name, dimensions, statistic, None, period)


def make_alarms(context: Context, region: str, policy: FakeApplicationAutoscalingPolicy) -> None:
    """Put the alarms of a policy and list them with it.

    Raises:
        AWSValidationException: the metric is not emulated.
    """
    config: Mapping[str, Any] = policy.target_tracking_scaling_policy_configuration or {}
    metric, target = tracked(policy), float(config["TargetValue"])
    sides = [
        ("AlarmHigh", "GreaterThanThreshold", target, HIGH_PERIODS, metric.high_period_seconds)
    ]
    if not config.get("DisableScaleIn"):
        sides.append(("AlarmLow", "LessThanThreshold", target * LOW_SHARE, LOW_PERIODS, 60))
    for side, comparison, threshold, count, period in sides:
        name = f"TargetTracking-{policy.resource_id}-{side}-{uuid.uuid4()}"
        context.client("cloudwatch", region).put_metric_alarm(
            AlarmName=name,
            AlarmDescription=(
                "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy "
                f"{policy.policy_arn}:createdBy/{uuid.uuid4()}."
            ),
            Namespace=metric.namespace,
            MetricName=metric.name,
            Dimensions=metric.dimensions,
            Statistic=metric.statistic,
            ComparisonOperator=comparison,
            Threshold=threshold,
            Period=period,
            EvaluationPeriods=count,
            DatapointsToAlarm=count,
            # Only a full row of points scales: the first quiet minute takes nothing away.
            TreatMissingData="ignore",
            AlarmActions=[policy.policy_arn],
            **({"Unit": metric.unit} if metric.unit else {}),
        )
        policy.alarms.append(cloudwatch_backends[context.account_id][region].alarms[name])
