"""What ``components.scaling`` is in plain values."""

from typing import NotRequired, TypedDict

from infra.package.edge.words import ScalingMetric


class BusinessHours(TypedDict):
    """Hours with a higher minimum."""

    days: str
    """As cron writes them, `MON-FRI`."""
    starts_at: str
    """`HH:MM`."""
    ends_at: str
    """`HH:MM`, of the same day."""
    time_zone: str
    """IANA name."""
    min_instance_count: int


class Scaling(TypedDict):
    """What autoscaling aims at."""

    metric: NotRequired[ScalingMetric]
    """Requests a minute, requests at once, GPU utilisation (%), or queued requests.

    By default `invocations`."""
    target: NotRequired[float]
    """Of the metric, for each instance.

    By default `600`."""
    scale_out_cooldown_seconds: NotRequired[int]
    """By default `60`."""
    scale_in_cooldown_seconds: NotRequired[int]
    """By default `300`."""
    business_hours: NotRequired[BusinessHours]
