"""What an endpoint says: alarms that roll back, and topics that announce outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components._alarm import MINUTE_SECONDS, Watch, watch
from components._topic import announcing_topic
from components.alerting import Alerting
from components.serving_modes import Asynchronous, Serverless
from components.variants import Variant

LIVE = "live"
"""Variant whose resources carry no variant in their names."""
ERRORS_PER_MINUTE = 5
"""Failed answers (5XX) in a minute, more of which roll an update back."""


def named(name: str, variant: str) -> str:
    """Return what stands before the roles of a variant's resources."""
    return name if variant == LIVE else f"{name}-{variant}"


def outcome_topics(
    name: str,
    mode: Asynchronous | Serverless | None,
    *,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> Mapping[str, aws.sns.Topic]:
    """Declare the topics of an asynchronous endpoint, by outcome; others have none."""
    if not isinstance(mode, Asynchronous):
        return {}
    return {
        outcome: announcing_topic(
            f"{name}-{outcome}", key_arn=mode.topic_key_arn, tags=tags, parent=parent
        )
        for outcome in ("answered", "failed")
    }


def rollback_alarms(  # noqa: PLR0913 - what an alarm is made of
    name: str,
    endpoint_name: str,
    variants: Sequence[Variant],
    *,
    latency_milliseconds: int,
    alerting: Alerting | None,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> list[aws.cloudwatch.MetricAlarm]:
    """Declare two alarms for each variant, which roll an update back."""
    microseconds = latency_milliseconds * 1000
    return [
        watch(
            f"{named(name, variant.name)}-{suffix}",
            Watch(
                runbook=f"endpoint-{suffix}",
                description=f"{endpoint_name}: {description}",
                namespace="AWS/SageMaker",
                metric=metric,
                dimensions={"EndpointName": endpoint_name, "VariantName": variant.name},
                threshold=threshold,
                statistic=statistic,
                period_seconds=MINUTE_SECONDS,
                urgent=True,
                alarm_name=f"{named(endpoint_name, variant.name)}-{suffix}",
            ),
            alerting,
            tags=tags,
            parent=parent,
        )
        for variant in variants
        for suffix, metric, statistic, threshold, description in (
            ("errors", "Invocation5XXErrors", "Sum", ERRORS_PER_MINUTE, "calls fail"),
            ("latency", "ModelLatency", "Average", microseconds, "the model is slow"),
        )
    ]
