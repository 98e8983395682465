import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.events.harness import ACCOUNT, REGION, Loop

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    parts = ("credentials", "messaging", "events", "scheduler")
    with Emulator(clock_start=datetime(2013, 3, 1, tzinfo=UTC), parts=parts) as running:
        yield running


@pytest.fixture
def loop(emulator: Emulator) -> Iterator[Loop]:
    loop = Loop(emulator)
    yield loop
    scheduler = loop.client("scheduler")
    for schedule in scheduler.list_schedules()["Schedules"]:
        scheduler.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])


def create(loop: Loop, expression: str, target: dict[str, Any], **more: Any) -> None:
    role = loop.role("scheduler", "scheduler.amazonaws.com")
    loop.client("scheduler").create_schedule(
        Name="job",
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"RoleArn": role, **target},
        **more,
    )


def queue_target(loop: Loop, text: str = "{}") -> dict[str, Any]:
    return {"Arn": loop.queue("out"), "Input": text}


def advance(loop: Loop, by: timedelta) -> None:
    loop.context.clock.advance_to(loop.context.clock.now() + by)


def test_a_universal_target_is_called_with_the_context_filled_in(loop: Loop) -> None:
    sagemaker = loop.client("sagemaker")
    sagemaker.create_pipeline(
        PipelineName="drift",
        PipelineDefinition="{}",
        ClientRequestToken="t" * 32,
        RoleArn=loop.role("pipeline", "sagemaker.amazonaws.com"),
    )
    given = {
        "PipelineName": "drift",
        "ClientRequestToken": "<aws.scheduler.execution-id>",
        "PipelineParameters": [{"Name": "AsOf", "Value": "<aws.scheduler.scheduled-time>"}],
    }
    arn = "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
    create(loop, "cron(0 6 * * ? *)", {"Arn": arn, "Input": json.dumps(given)})
    began = loop.context.clock.now()
    advance(loop, DAY)
    [execution] = sagemaker.list_pipeline_executions(PipelineName="drift")[
        "PipelineExecutionSummaries"
    ]
    [parameter] = sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=execution["PipelineExecutionArn"]
    )["PipelineParameters"]
    six = began.replace(hour=6, minute=0, second=0)
    expected = six if six > began else six + DAY
    assert parameter == {"Name": "AsOf", "Value": f"{expected:%Y-%m-%dT%H:%M:%SZ}"}


def test_members_of_other_services_may_be_capitalised(loop: Loop) -> None:
    loop.client("logs").create_log_group(logGroupName="/jobs")
    given = {"LogGroupName": "/jobs", "LogStreamName": "today"}
    arn = "arn:aws:scheduler:::aws-sdk:cloudwatchlogs:createLogStream"
    with pytest.raises(ClientError, match="cloudwatchlogs is not a service"):
        create(loop, "rate(1 day)", {"Arn": arn})
    arn = "arn:aws:scheduler:::aws-sdk:logs:createLogStream"
    create(loop, "rate(1 day)", {"Arn": arn, "Input": json.dumps(given)})
    advance(loop, timedelta(minutes=1))
    streams = loop.client("logs").describe_log_streams(logGroupName="/jobs")["logStreams"]
    assert [one["logStreamName"] for one in streams] == ["today"]


def test_templated_targets_get_the_input(loop: Loop) -> None:
    create(loop, "rate(1 hour)", queue_target(loop, '{"n": <aws.scheduler.attempt-number>}'))
    advance(loop, timedelta(hours=2, minutes=1))
    assert [message["Body"] for message in loop.messages("out")] == ['{"n": 1}'] * 3


def test_an_event_bus_target_puts_an_event(loop: Loop) -> None:
    loop.rule({"source": ["jobs"]}, {"Arn": loop.queue("out")})
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    settings = {"Source": "jobs", "DetailType": "Nightly"}
    target = {"Arn": bus, "EventBridgeParameters": settings, "Input": '{"n": 1}'}
    create(loop, "rate(1 day)", target)
    advance(loop, timedelta(minutes=1))
    [message] = loop.messages("out")
    assert json.loads(message["Body"])["detail"] == {"n": 1}


def test_at_fires_once_and_goes_where_it_asked_for_it(loop: Loop) -> None:
    when = loop.context.clock.now() + timedelta(hours=5)
    expression = f"at({when:%Y-%m-%dT%H:%M:%S})"
    create(loop, expression, queue_target(loop), ActionAfterCompletion="DELETE")
    advance(loop, DAY)
    assert len(loop.messages("out")) == 1
    with pytest.raises(ClientError, match="ResourceNotFound"):
        loop.client("scheduler").get_schedule(Name="job")


def test_nothing_fires_before_the_start_or_after_the_end(loop: Loop) -> None:
    now = loop.context.clock.now()
    create(
        loop,
        "rate(1 day)",
        queue_target(loop),
        StartDate=now + 2 * DAY,
        EndDate=now + 4 * DAY + timedelta(hours=1),
    )
    advance(loop, timedelta(days=1, hours=23))
    assert loop.messages("out") == []
    advance(loop, 8 * DAY)
    assert len(loop.messages("out")) == 3


def test_an_update_replaces_the_timer_and_a_disabled_schedule_rests(loop: Loop) -> None:
    create(loop, "rate(1 hour)", queue_target(loop), State="DISABLED")
    advance(loop, DAY)
    assert loop.messages("out") == []
    scheduler = loop.client("scheduler")
    kept = scheduler.get_schedule(Name="job")
    scheduler.update_schedule(
        Name="job",
        ScheduleExpression="rate(10 days)",
        FlexibleTimeWindow=kept["FlexibleTimeWindow"],
        Target=kept["Target"],
        State="ENABLED",
    )
    advance(loop, DAY)
    assert len(loop.messages("out")) == 1
    scheduler.delete_schedule(Name="job")
    advance(loop, 12 * DAY)
    seen = len(loop.messages("out"))
    assert seen == 1, "only the first message again, once its visibility timeout has passed"


def test_a_target_that_refuses_ends_in_the_dead_letter_queue(loop: Loop) -> None:
    given = {"PipelineName": "gone", "ClientRequestToken": "<aws.scheduler.execution-id>"}
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution",
        "Input": json.dumps(given),
        "DeadLetterConfig": {"Arn": loop.queue("dlq")},
    }
    create(loop, "rate(1 day)", target)
    advance(loop, timedelta(minutes=1))
    [message] = loop.messages("dlq")
    attributes = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
    assert attributes["TARGET_ARN"] == target["Arn"]
    assert attributes["SCHEDULE_ARN"].endswith(":schedule/default/job")
    assert "gone" in attributes["ERROR_MESSAGE"]
    assert json.loads(message["Body"])["PipelineName"] == "gone"


@pytest.mark.parametrize(
    ("expression", "target", "message"),
    [
        ("cron(0 6 * * * *)", {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}, "Invalid Schedule"),
        ("rate(1 day)", {"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:listModels"}, "only reads"),
        ("rate(1 day)", {"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:fly"}, "no operation fly"),
        (
            "rate(1 day)",
            {"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createModel", "Input": "[1"},
            "must be JSON",
        ),
        ("rate(1 day)", {"Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/c"}, "not emulated"),
        (
            "rate(1 day)",
            {
                "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q",
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody",
            },
            "must allow AWS EventBridge Scheduler to assume the role",
        ),
    ],
)
def test_a_schedule_that_aws_would_refuse_is_refused(
    loop: Loop, expression: str, target: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        create(loop, expression, target)
