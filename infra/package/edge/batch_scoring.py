"""What ``components.batch_scoring`` is in plain values."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.alerting import Alerting


class BatchScoringArgs(TypedDict):
    """Inputs of `BatchScoring`."""

    name_prefix: str
    """Stands before the alarm's name."""
    scorer_name: pulumi.Input[str]
    """Pipeline that scores; it takes the moment that it scores for as parameter `AsOf`."""
    scorer_arn: pulumi.Input[str]
    """The same pipeline."""
    schedule: NotRequired[str]
    """When it runs: `cron(...)` or `rate(...)`, in UTC; left out, others start it."""
    metric_namespace: str
    """CloudWatch namespace of the scorer's metric `BatchPredictions`."""
    dimensions: Mapping[str, str]
    """CloudWatch dimensions that the scorer publishes it with."""
    overdue_hours: int
    """Hours without predictions that alarm (1-168)."""
    key_arn: pulumi.Input[str]
    """Customer key of schedule and queue."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    alerting: NotRequired[Alerting]
    """Whom the alarms tell; left out, they tell nobody."""


class BatchScoringOutputs(TypedDict):
    """What ``BatchScoring`` gives."""

    alarm_arn: pulumi.Output[str]
