"""When a batch is scored, and what tells that none was."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components._alarm import Watch, watch
from components._starts import Startable, start_as_of
from components._tags import stamp
from components.alerting import Alerting

HOUR_SECONDS = 3600
MAX_OVERDUE_HOURS = 168


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchScoringArgs:
    """Inputs of :class:`BatchScoring`.

    Raises:
        ValueError: CloudWatch looks back less far than ``overdue_hours``.
    """

    name_prefix: str
    """Stands before the alarm's name."""
    scorer_name: pulumi.Input[str]
    """Pipeline that scores; it takes the moment that it scores for as parameter ``AsOf``."""
    scorer_arn: pulumi.Input[str]
    """The same pipeline."""
    schedule: str | None = None
    """When it runs: ``cron(...)`` or ``rate(...)``, in UTC; left out, others start it."""
    metric_namespace: str
    """CloudWatch namespace of the scorer's metric ``BatchPredictions``."""
    dimensions: Mapping[str, str]
    """CloudWatch dimensions that the scorer publishes it with."""
    overdue_hours: int
    """Hours without predictions that alarm (1-168)."""
    key_arn: pulumi.Input[str]
    """Customer key of schedule and queue."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    alerting: Alerting | None = None
    """Whom the alarms tell; left out, they tell nobody."""

    def __post_init__(self) -> None:
        if not 1 <= self.overdue_hours <= MAX_OVERDUE_HOURS:
            raise ValueError(
                f"overdue_hours must be 1-{MAX_OVERDUE_HOURS}, got {self.overdue_hours}"
            )


class BatchScoring(pulumi.ComponentResource):
    """A pipeline that scores by the clock, and an alarm when no predictions come.

    A run that failed alarms by its pipeline. This alarm also knows the runs that never began: a
    schedule that was switched off, a start that nobody could make.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    alarm_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: BatchScoringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:BatchScoring", name, {}, opts)
        tags = stamp(args.tags, component=name)
        start_as_of(
            name,
            args.schedule,
            Startable(
                pipeline_name=args.scorer_name,
                pipeline_arn=args.scorer_arn,
                key_arn=args.key_arn,
                tags=tags,
                parent=self,
                alerting=args.alerting,
            ),
        )
        overdue = Watch(
            runbook="batch-overdue",
            description=f"{args.overdue_hours} hours brought no batch of predictions",
            namespace=args.metric_namespace,
            metric="BatchPredictions",
            dimensions=args.dimensions,
            period_seconds=HOUR_SECONDS,
            periods=args.overdue_hours,
            absence=True,
            alarm_name=f"{args.name_prefix}-batch-overdue",
        )
        alarm = watch(f"{name}-overdue", overdue, args.alerting, tags=tags, parent=self)
        self.alarm_arn = alarm.arn
        self.register_outputs({"alarm_arn": self.alarm_arn})
