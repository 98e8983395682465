"""What ``components.shadow_promotion`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting
from infra.package.edge.code import FunctionCode
from infra.package.edge.words import ShadowPromotionDecides


class ShadowRules(TypedDict):
    """What a shadow must hold to; limits are exceeded, not reached."""

    window_days: int
    min_requests: int
    """Captured requests that both variants have answered."""
    min_days: float
    min_labels: int
    """Answers whose truth is known; 0 does without labels."""
    max_auc_loss: float
    """Production's AUC less the shadow's (0-1)."""
    max_mean_difference: float
    """Mean distance of the two scores of one row."""
    max_latency_ratio: float
    """The shadow's p99 latency over production's."""
    max_error_percent: float
    max_days: float
    """Standing longer undecided alarms."""


class ShadowPromotionArgs(TypedDict):
    """Inputs of `ShadowPromotion`."""

    code: FunctionCode
    """What runs when it is called."""
    key_arn: pulumi.Input[str]
    """Customer key of the function's settings, logs and queue, and of what stands beside it."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    alerting: NotRequired[Alerting]
    """Whom the alarms tell; left out, they tell nobody."""
    log_retention_days: NotRequired[int]
    """By default `365`."""
    subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Subnets that the function joins; empty leaves it outside a VPC."""
    security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Security groups of the function in these subnets."""
    stack: str
    """Told to the function, as a dimension of its metrics."""
    use_case: str
    """Folder of `pipelines/` whose `evidence.py` reads answers and labels."""
    decides: ShadowPromotionDecides
    """`approve` approves and rejects versions; `recommend` may not."""
    rules: ShadowRules
    """By what."""
    schedule: str
    """When: `cron(...)` or `rate(...)`, in UTC."""
    settling_minutes: int
    """From a new model on until no request reaches the one before, at most."""
    endpoint_name: str
    """Endpoint with the shadow."""
    model_name_prefix: str
    """What the names of its models and configurations start with."""
    model_package_group: pulumi.Input[str]
    """Group of the versions."""
    decisions_table: pulumi.Input[str]
    """Table that the retraining gate keeps its decisions in."""
    capture_bucket: pulumi.Input[str]
    """Bucket of captured traffic."""
    capture_prefix: str
    """Where captured traffic starts in it, without slashes at its ends."""
    raw_bucket: pulumi.Input[str]
    """Bucket of the labels."""
    labels_prefix: str
    """Where labels lie in it, with a slash at its end."""
    metric_namespace: str
    """CloudWatch namespace of the function's metrics."""
    capture_key_arn: pulumi.Input[str]
    """Customer key of captured traffic."""
    raw_key_arn: pulumi.Input[str]
    """Customer key of the labels."""
    log_group_name: str
    """Log group of the function."""


class ShadowPromotionOutputs(TypedDict):
    """What ``ShadowPromotion`` gives."""

    function_name: pulumi.Output[str]
