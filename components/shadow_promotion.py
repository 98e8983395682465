"""Who decides on a shadow, by which rules, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi

from components._alarm import Watch, watch
from components._function import FunctionArgs, FunctionPlan, function
from components._iam_functions import Surroundings
from components._iam_shadow import ShadowReach, judge
from components._place import Place
from components._starts import Invocable, invoke_on_schedule
from components._tags import stamp

DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class ShadowRules:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class ShadowPromotionArgs(FunctionArgs):
    """Inputs of :class:`ShadowPromotion`."""

    stack: str
    """Told to the function, as a dimension of its metrics."""
    use_case: str
    """Folder of ``pipelines/`` whose ``evidence.py`` reads answers and labels."""
    decides: Literal["approve", "recommend"]
    """``approve`` approves and rejects versions; ``recommend`` may not."""
    rules: ShadowRules
    """By what."""
    schedule: str
    """When: ``cron(...)`` or ``rate(...)``, in UTC."""
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


class ShadowPromotion(pulumi.ComponentResource):
    """A function that compares a shadow with what answers, and approves or rejects its version.

    Approval is the registry's, as a person's would be: what delivers hears of either alike.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    function_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: ShadowPromotionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ShadowPromotion", name, {}, opts)
        tags = stamp(args.tags, component=name)
        judged = function(
            name,
            args,
            FunctionPlan(
                description=f"Decides whether the shadow of {args.use_case} is promoted",
                environment=_environment(args),
                log_group_name=args.log_group_name,
                reserved_concurrency=1,
                timeout_seconds=900,
                memory_mib=2048,
                tags=tags,
                parent=self,
            ),
            lambda place, around: _policy(args, place, around),
        )
        invoke_on_schedule(
            name,
            args.schedule,
            Invocable(
                function_arn=judged.arn,
                schedule_name=f"{args.endpoint_name}-shadow",
                key_arn=args.key_arn,
                tags=tags,
                parent=self,
                alerting=args.alerting,
            ),
        )
        if args.alerting is not None:
            undecided = Watch(
                runbook="shadow-undecided",
                description=f"The shadow of {args.use_case} waits for a decision and is billed",
                namespace=args.metric_namespace,
                metric="ShadowDays",
                dimensions={"Stack": args.stack, "UseCase": args.use_case},
                threshold=args.rules.max_days,
                statistic="Maximum",
                period_seconds=DAY_SECONDS,
            )
            watch(f"{name}-undecided", undecided, args.alerting, tags=tags, parent=self)
        self.function_name = judged.name
        self.register_outputs({"function_name": self.function_name})


def _environment(args: ShadowPromotionArgs) -> Mapping[str, pulumi.Input[str]]:
    rules = args.rules
    return {
        "STACK": args.stack,
        "USE_CASE": args.use_case,
        "DECIDES": args.decides,
        "ENDPOINT_NAME": args.endpoint_name,
        "DECISIONS_TABLE": args.decisions_table,
        "CAPTURE_BUCKET": args.capture_bucket,
        "CAPTURE_PREFIX": args.capture_prefix,
        "RAW_BUCKET": args.raw_bucket,
        "SETTLING_MINUTES": str(args.settling_minutes),
        "WINDOW_DAYS": str(rules.window_days),
        "MIN_REQUESTS": str(rules.min_requests),
        "MIN_DAYS": str(rules.min_days),
        "MIN_LABELS": str(rules.min_labels),
        "MAX_AUC_LOSS": str(rules.max_auc_loss),
        "MAX_MEAN_DIFFERENCE": str(rules.max_mean_difference),
        "MAX_LATENCY_RATIO": str(rules.max_latency_ratio),
        "MAX_ERROR_PERCENT": str(rules.max_error_percent),
        "METRIC_NAMESPACE": args.metric_namespace,
    }


def _policy(args: ShadowPromotionArgs, place: Place, around: Surroundings) -> pulumi.Output[str]:
    return pulumi.Output.all(
        model_package_group=args.model_package_group,
        decisions_table=args.decisions_table,
        captures=pulumi.Output.concat(
            args.capture_bucket, f"/{args.capture_prefix}/{args.endpoint_name}/"
        ),
        labels=pulumi.Output.concat(args.raw_bucket, "/", args.labels_prefix),
        data_key_arns=pulumi.Output.all(args.capture_key_arn, args.raw_key_arn),
    ).apply(
        lambda known: judge(
            place,
            around,
            ShadowReach(
                **known,
                endpoint_name=args.endpoint_name,
                model_name_prefix=args.model_name_prefix,
                tags=args.tags,
                approves=args.decides == "approve",
            ),
        )
    )
