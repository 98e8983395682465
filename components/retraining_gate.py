"""Who decides on a retraining, and where each decision is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._function import FunctionArgs, FunctionPlan, call_on, function
from components._iam_functions import GateReach, Surroundings, decide
from components._place import Place
from components._tags import stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrainingGateArgs(FunctionArgs):
    """Inputs of :class:`RetrainingGate`."""

    stack: str
    """Told to the function, for its records."""
    use_case: str
    """Told to the function; partition of its decisions."""
    training_pipeline_name: pulumi.Input[str]
    """Pipeline that is started when the gate says so."""
    training_pipeline_arn: pulumi.Input[str]
    """The same pipeline."""
    feature_pipeline_arn: pulumi.Input[str]
    """Pipeline whose success means new data."""
    model_package_group: pulumi.Input[str]
    """Group whose newest approved version is asked for its age."""
    raw_bucket: pulumi.Input[str]
    """Bucket of the labels."""
    labels_prefix: str
    """Where labels lie in it, with a slash at its end."""
    alarm_rule: pulumi.Input[str]
    """Event rule of drift, performance and data quality alarms."""
    alarm_rule_arn: pulumi.Input[str]
    """The same rule."""
    alarm_arns: Sequence[pulumi.Input[str]]
    """Alarms whose state the gate may ask for."""
    data_quality_alarm: pulumi.Input[str]
    """Alarm during which nothing is retrained."""
    cool_down_hours: float
    budget_retrainings: int
    """Trainings allowed within the window."""
    budget_window_days: int
    min_new_labels: int
    """Labelled rows that must have arrived since the live model was trained."""
    on_new_data: bool
    """New data alone is a reason to retrain."""
    data_key_arn: pulumi.Input[str]
    """Customer key of the labels."""
    log_group_name: str
    """Log group of the function."""
    schedule: str | None = None
    """Ask at these times too, ``cron(...)`` or ``rate(...)`` in UTC; by default never."""
    deletion_protection: bool = True
    """Pulumi and DynamoDB refuse to delete the record of decisions."""


class RetrainingGate(pulumi.ComponentResource):
    """A function that hears alarms, new data and the clock, and lets a training start or not.

    It decides one event at a time, so that two alarms of one moment cannot both start a training;
    each decision is kept with its reason.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    function_name: pulumi.Output[str]
    decisions_table: pulumi.Output[str]

    def __init__(
        self, name: str, args: RetrainingGateArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:RetrainingGate", name, {}, opts)
        tags = stamp(args.tags, component=name)
        table = aws.dynamodb.Table(
            f"{name}-decisions",
            billing_mode="PAY_PER_REQUEST",
            hash_key="use_case",
            range_key="decided_at",
            attributes=[{"name": "use_case", "type": "S"}, {"name": "decided_at", "type": "S"}],
            server_side_encryption={"enabled": True, "kms_key_arn": args.key_arn},
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=args.deletion_protection,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection),
        )
        gate = function(
            name,
            args,
            FunctionPlan(
                description=f"Decides whether {args.use_case} is retrained",
                environment=_environment(args, table),
                log_group_name=args.log_group_name,
                reserved_concurrency=1,
                timeout_seconds=300,
                memory_mib=512,
                tags=tags,
                parent=self,
            ),
            lambda place, around: _policy(args, table, place, around),
        )
        child = pulumi.ResourceOptions(parent=self)
        new_data = aws.cloudwatch.EventRule(
            f"{name}-new-data",
            description=f"Features of {args.use_case} were brought up to date",
            event_pattern=pulumi.Output.from_input(args.feature_pipeline_arn).apply(succeeded),
            tags=tags,
            opts=child,
        )
        hear = {
            "alarm": (args.alarm_rule, args.alarm_rule_arn),
            "new-data": (new_data.name, new_data.arn),
        }
        if args.schedule is not None:
            clock = aws.cloudwatch.EventRule(
                f"{name}-clock",
                description=f"Time to ask whether {args.use_case} is retrained",
                schedule_expression=args.schedule,
                tags=tags,
                opts=child,
            )
            hear["clock"] = (clock.name, clock.arn)
        for reason, (rule, rule_arn) in hear.items():
            call_on(f"{name}-{reason}", gate, rule=rule, rule_arn=rule_arn, parent=self)
        self.function_name = gate.name
        self.decisions_table = table.name
        self.register_outputs(
            {"function_name": self.function_name, "decisions_table": self.decisions_table}
        )


def succeeded(pipeline_arn: str) -> str:
    """Return the event pattern of the pipeline's executions that succeed."""
    return json.dumps(
        {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
            "detail": {
                "pipelineArn": [pipeline_arn],
                "currentPipelineExecutionStatus": ["Succeeded"],
            },
        },
        sort_keys=True,
    )


def _environment(
    args: RetrainingGateArgs, table: aws.dynamodb.Table
) -> Mapping[str, pulumi.Input[str]]:
    return {
        "STACK": args.stack,
        "USE_CASE": args.use_case,
        "TRAINING_PIPELINE": args.training_pipeline_name,
        "MODEL_PACKAGE_GROUP": args.model_package_group,
        "DECISIONS_TABLE": table.name,
        "RAW_BUCKET": args.raw_bucket,
        "LABELS_PREFIX": args.labels_prefix,
        "DATA_QUALITY_ALARM": args.data_quality_alarm,
        "COOL_DOWN_HOURS": str(args.cool_down_hours),
        "BUDGET_RETRAININGS": str(args.budget_retrainings),
        "BUDGET_WINDOW_DAYS": str(args.budget_window_days),
        "MIN_NEW_LABELS": str(args.min_new_labels),
        "RETRAIN_ON_NEW_DATA": "true" if args.on_new_data else "false",
    }


def _policy(
    args: RetrainingGateArgs, table: aws.dynamodb.Table, place: Place, around: Surroundings
) -> pulumi.Output[str]:
    return pulumi.Output.all(
        training_pipeline_arn=args.training_pipeline_arn,
        model_package_group=args.model_package_group,
        table_arn=table.arn,
        labels=pulumi.Output.concat(args.raw_bucket, "/", args.labels_prefix),
        data_key_arn=args.data_key_arn,
        alarm_arns=pulumi.Output.all(*args.alarm_arns),
    ).apply(lambda reach: decide(place, around, GateReach(**reach)))
