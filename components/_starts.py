"""What starts a pipeline or a function: a new object, or the time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam import trust
from components._iam_functions import invoke
from components._iam_pipelines import start
from components._place import here
from components._queue import dead_letter_queue
from components.alerting import Alerting
from components.starts import NewObject, Recurring

RETRY_SECONDS = 3600
RETRY_ATTEMPTS = 10
LONGEST_NAME = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Startable:
    """The pipeline, and what its starters share."""

    pipeline_name: pulumi.Input[str]
    pipeline_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    tags: Mapping[str, str]
    parent: pulumi.Resource
    alerting: Alerting | None = None

    @property
    def schedule_name(self) -> pulumi.Input[str]:
        """Name of the schedule: the pipeline's."""
        return self.pipeline_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocable:
    """A function, and what its schedule needs."""

    function_arn: pulumi.Input[str]
    schedule_name: pulumi.Input[str]
    """Begins with the stack's: schedules bear no tags, so who may change one goes by its name."""
    key_arn: pulumi.Input[str]
    tags: Mapping[str, str]
    parent: pulumi.Resource
    alerting: Alerting | None = None


def start_on_object(name: str, when: NewObject, what: Startable) -> None:
    """Start the pipeline for each object that is created under a matching key."""
    queue = _unstarted(name, what)
    child = pulumi.ResourceOptions(parent=what.parent)
    role = _starter(name, "events.amazonaws.com", what, None)
    rule = aws.cloudwatch.EventRule(
        f"{name}-arrival",
        description=f"A new object {when.pattern}",
        event_pattern=pulumi.Output.from_input(when.bucket).apply(
            lambda bucket: object_created(bucket, when.pattern)
        ),
        tags=what.tags,
        opts=child,
    )
    aws.cloudwatch.EventTarget(
        f"{name}-target",
        rule=rule.name,
        arn=what.pipeline_arn,
        role_arn=role.arn,
        sagemaker_pipeline_target={
            "pipeline_parameter_lists": [{"name": when.parameter, "value": "$.detail.object.key"}]
        },
        dead_letter_config={"arn": queue.arn},
        retry_policy={
            "maximum_event_age_in_seconds": RETRY_SECONDS,
            "maximum_retry_attempts": RETRY_ATTEMPTS,
        },
        # Its ID has 64 characters, which the longest use case's name would not leave.
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(aliases=[pulumi.Alias(name=f"{name}-arrival-target")])
        ),
    )


def start_on_schedule(name: str, when: Recurring, what: Startable) -> None:
    """Start the pipeline at the scheduled times, telling it which time that was.

    EventBridge's own pipeline target takes constants only; the universal target takes the
    scheduled time, and the execution's id makes a repeated delivery start nothing twice.
    """
    queue = _unstarted(name, what)
    role = _starter(name, "scheduler.amazonaws.com", what, queue)
    _by_the_clock(
        name,
        when.expression,
        what,
        target={
            "arn": here().apply(
                lambda place: (
                    f"arn:{place.partition}:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
                )
            ),
            "role_arn": role.arn,
            "input": pulumi.Output.from_input(what.pipeline_name).apply(
                lambda pipeline: start_request(pipeline, when.time_parameter)
            ),
            "dead_letter_config": {"arn": queue.arn},
        },
    )


def start_as_of(name: str, expression: str | None, what: Startable) -> None:
    """Start the pipeline at the times of ``expression``, each told as ``AsOf``; ``None`` never."""
    if expression is not None:
        start_on_schedule(name, Recurring(expression=expression, time_parameter="AsOf"), what)


def invoke_on_schedule(name: str, expression: str, what: Invocable) -> None:
    """Call the function at the scheduled times with an id and a time, as events have them."""
    queue = _unstarted(name, what)
    child = pulumi.ResourceOptions(parent=what.parent)
    role = aws.iam.Role(
        f"{name}-starter",
        assume_role_policy=here().apply(lambda place: trust("scheduler.amazonaws.com", place)),
        tags=what.tags,
        opts=child,
    )
    allowed = aws.iam.RolePolicy(
        f"{name}-starter-policy",
        role=role.name,
        policy=pulumi.Output.all(what.function_arn, queue.arn, what.key_arn).apply(
            lambda parts: invoke(parts[0], dead_letters_arn=parts[1], key_arn=parts[2])
        ),
        opts=child,
    )
    _by_the_clock(
        name,
        expression,
        what,
        target={
            "arn": what.function_arn,
            "role_arn": role.arn,
            "input": json.dumps(
                {"id": "<aws.scheduler.execution-id>", "time": "<aws.scheduler.scheduled-time>"}
            ),
            "dead_letter_config": {"arn": queue.arn},
        },
        after=[allowed],  # no call before the role may make it
    )


def object_created(bucket: str, pattern: str) -> str:
    """Return the event pattern of objects created in ``bucket`` under keys like ``pattern``."""
    return json.dumps(
        {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"wildcard": pattern}]}},
        },
        sort_keys=True,
    )


def start_request(pipeline_name: str, time_parameter: str) -> str:
    """Return StartPipelineExecution's request, with the Scheduler's own placeholders in it."""
    return json.dumps(
        {
            "PipelineName": pipeline_name,
            "PipelineParameters": [
                {"Name": time_parameter, "Value": "<aws.scheduler.scheduled-time>"}
            ],
            "ClientRequestToken": "<aws.scheduler.execution-id>",
        }
    )


def schedule_name(wanted: str) -> str:
    """Return a name that Scheduler takes; one of more than 64 characters ends in its hash."""
    if len(wanted) <= LONGEST_NAME:
        return wanted
    mark = hashlib.sha256(wanted.encode()).hexdigest()[:7]
    return f"{wanted[: LONGEST_NAME - len(mark) - 1]}-{mark}"


def _unstarted(name: str, what: Startable | Invocable) -> aws.sqs.Queue:
    return dead_letter_queue(
        f"{name}-unstarted",
        key_arn=what.key_arn,
        tags=what.tags,
        parent=what.parent,
        alerting=what.alerting,
    )


def _by_the_clock(
    name: str,
    expression: str,
    what: Startable | Invocable,
    *,
    target: aws.scheduler.ScheduleTargetArgsDict,
    after: Sequence[pulumi.Resource] = (),
) -> None:
    aws.scheduler.Schedule(
        f"{name}-schedule",
        name=pulumi.Output.from_input(what.schedule_name).apply(schedule_name),
        schedule_expression=expression,
        schedule_expression_timezone="UTC",
        flexible_time_window={"mode": "OFF"},
        kms_key_arn=what.key_arn,
        target={
            **target,
            "retry_policy": {
                "maximum_event_age_in_seconds": RETRY_SECONDS,
                "maximum_retry_attempts": RETRY_ATTEMPTS,
            },
        },
        opts=pulumi.ResourceOptions(parent=what.parent, depends_on=list(after)),
    )


def _starter(name: str, service: str, what: Startable, queue: aws.sqs.Queue | None) -> aws.iam.Role:
    child = pulumi.ResourceOptions(parent=what.parent)
    role = aws.iam.Role(
        f"{name}-starter",
        assume_role_policy=here().apply(lambda place: trust(service, place)),
        tags=what.tags,
        opts=child,
    )
    aws.iam.RolePolicy(
        f"{name}-starter-policy",
        role=role.name,
        policy=pulumi.Output.all(
            what.pipeline_arn, None if queue is None else queue.arn, what.key_arn
        ).apply(lambda parts: start(parts[0], dead_letters_arn=parts[1], key_arn=parts[2])),
        opts=child,
    )
    return role
