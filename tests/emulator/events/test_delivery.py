import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pytest_mock import MockerFixture

from infra.emulator.events import targets
from infra.emulator.messaging.errors import DeliveryError
from infra.emulator.server import Emulator
from tests.emulator.events.harness import ACCOUNT, PIPELINE, REGION, Loop


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(parts=("credentials", "admin", "messaging", "events")) as running:
        yield running


@pytest.fixture
def loop(emulator: Emulator) -> Loop:
    return Loop(emulator)


def test_a_function_that_events_may_invoke_gets_the_event(loop: Loop) -> None:
    function = loop.function("gate", "events.amazonaws.com")
    loop.rule({"source": ["app"]}, {"Arn": function})
    loop.put({"n": 1})
    assert [call["event"]["detail"] for call in loop.calls] == [{"n": 1}]


def test_a_function_without_permission_is_not_invoked_and_the_event_is_dead_lettered(
    loop: Loop,
) -> None:
    function = loop.function("gate")
    dlq = loop.queue("dlq")
    loop.rule({"source": ["app"]}, {"Arn": function, "DeadLetterConfig": {"Arn": dlq}})
    loop.put({"n": 1})
    [message] = loop.messages("dlq")
    attributes = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
    assert loop.calls == []
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"
    assert attributes["TARGET_ARN"] == function
    assert attributes["RULE_ARN"] == f"arn:aws:events:{REGION}:{ACCOUNT}:rule/rule"
    assert json.loads(message["Body"])["detail"] == {"n": 1}


def test_a_pipeline_starts_with_values_of_the_event_as_the_targets_role(loop: Loop) -> None:
    role = loop.role("events", "events.amazonaws.com")
    sagemaker = loop.client("sagemaker")
    sagemaker.create_pipeline(
        PipelineName="training", PipelineDefinition="{}", ClientRequestToken="t" * 32, RoleArn=role
    )
    parameters = [
        {"Name": "Key", "Value": "$.detail.object.key"},
        {"Name": "Trigger", "Value": "new data"},
    ]
    loop.rule(
        {"source": ["app"]},
        {
            "Arn": PIPELINE,
            "RoleArn": role,
            "SageMakerPipelineParameters": {"PipelineParameterList": parameters},
        },
    )
    loop.put({"object": {"key": "raw/_SUCCESS"}})
    [execution] = sagemaker.list_pipeline_executions(PipelineName="training")[
        "PipelineExecutionSummaries"
    ]
    values = sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=execution["PipelineExecutionArn"]
    )["PipelineParameters"]
    assert {one["Name"]: one["Value"] for one in values} == {
        "Key": "raw/_SUCCESS",
        "Trigger": "new data",
    }


def test_a_topic_passes_the_event_on_to_its_queue(loop: Loop) -> None:
    sns = loop.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [allow]})
    )
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=loop.queue("subscriber"))
    loop.rule({"source": ["app"]}, {"Arn": topic})
    loop.put({"n": 1})
    [message] = loop.messages("subscriber")
    assert json.loads(json.loads(message["Body"])["Message"])["detail"] == {"n": 1}


def test_a_queue_gets_what_the_transformer_makes_of_the_event(loop: Loop) -> None:
    transformer = {
        "InputPathsMap": {"name": "$.detail.name", "n": "$.detail.n"},
        "InputTemplate": '{"said": "<name> said", "n": <n>}',
    }
    loop.rule({"source": ["app"]}, {"Arn": loop.queue("out"), "InputTransformer": transformer})
    loop.put({"name": 'O"Hara', "n": 7})
    assert [json.loads(m["Body"]) for m in loop.messages("out")] == [
        {"said": 'O"Hara said', "n": 7}
    ]


def test_a_log_group_gets_the_event_as_one_line(loop: Loop) -> None:
    logs = loop.client("logs")
    logs.create_log_group(logGroupName="/aws/events/all")
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/all"
    loop.rule({"source": ["app"]}, {"Arn": arn})
    loop.put({"n": 1})
    [line] = logs.filter_log_events(logGroupName="/aws/events/all")["events"]
    assert json.loads(line["message"])["detail"] == {"n": 1}


def test_another_bus_gets_the_event_and_matches_it_against_its_own_rules(loop: Loop) -> None:
    events = loop.client("events")
    bus = events.create_event_bus(Name="team")["EventBusArn"]
    events.put_rule(Name="all", EventBusName="team", EventPattern='{"source": ["app"]}')
    events.put_targets(
        Rule="all", EventBusName="team", Targets=[{"Id": "q", "Arn": loop.queue("team")}]
    )
    loop.rule({"source": ["app"]}, {"Arn": bus})
    loop.put({"n": 1})
    assert len(loop.messages("team")) == 1


def test_a_build_starts_with_what_the_input_overrides(loop: Loop, mocker: MockerFixture) -> None:
    codebuild = mocker.Mock()
    codebuild.meta = loop.client("codebuild").meta
    mocker.patch.object(targets, "_as_role", return_value=codebuild)
    variable = {"name": "VERSION", "value": "<version>"}
    transformer = {
        "InputPathsMap": {"version": "$.detail.version"},
        "InputTemplate": json.dumps({"environmentVariablesOverride": [variable], "other": 1}),
    }
    project = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/delivery"
    role = loop.role("events", "events.amazonaws.com")
    target = {"Arn": project, "RoleArn": role, "InputTransformer": transformer}
    loop.rule({"source": ["app"]}, target)
    loop.put({"version": "3"})
    codebuild.start_build.assert_called_once_with(
        projectName="delivery",
        environmentVariablesOverride=[{"name": "VERSION", "value": "3"}],
    )


def test_a_kind_of_target_that_is_not_emulated_fails_by_name(loop: Loop) -> None:
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"
    role = loop.role("events", "events.amazonaws.com")
    loop.rule({"source": ["app"]}, {"Arn": machine, "RoleArn": role})
    loop.put({"n": 1})
    [delivery] = loop.journal()[-1]["deliveries"]
    assert delivery["status"] == "failed"
    assert f"targets like {machine} are not emulated" in delivery["error"]


def test_a_throttled_target_is_tried_again_until_its_attempts_are_spent(
    loop: Loop, mocker: MockerFixture
) -> None:
    throttled = DeliveryError("ThrottlingException", "slow down", retryable=True)
    attempt = mocker.patch("infra.emulator.events.bus.deliver", side_effect=throttled)
    dlq = loop.queue("dlq")
    target = {"Arn": loop.queue("out"), "DeadLetterConfig": {"Arn": dlq}}
    loop.rule({"source": ["app"]}, {**target, "RetryPolicy": {"MaximumRetryAttempts": 2}})
    loop.put({"n": 1})
    assert loop.messages("dlq") == []
    loop.context.clock.advance_to(loop.context.clock.now() + timedelta(minutes=5))
    assert attempt.call_count == 3
    assert len(loop.messages("dlq")) == 1


def test_a_disabled_rule_delivers_nothing(loop: Loop) -> None:
    loop.rule({"source": ["app"]}, {"Arn": loop.queue("out")})
    loop.client("events").disable_rule(Name="rule")
    loop.put({"n": 1})
    assert loop.messages("out") == []


def test_failed_invocations_are_counted_as_metrics(loop: Loop) -> None:
    missing = f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone"
    loop.rule({"source": ["app"]}, {"Arn": missing})
    loop.put({"n": 1})
    cloudwatch = loop.client("cloudwatch")
    names = {m["MetricName"] for m in cloudwatch.list_metrics(Namespace="AWS/Events")["Metrics"]}
    assert {"MatchedEvents", "Invocations", "FailedInvocations"} <= names


def test_an_entry_in_the_name_of_aws_is_refused_and_the_others_go_through(loop: Loop) -> None:
    loop.rule({"source": [{"prefix": "a"}]}, {"Arn": loop.queue("out")})
    good = {"Source": "app", "DetailType": "Thing", "Detail": "{}"}
    answer = loop.client("events").put_events(Entries=[{**good, "Source": "aws.s3"}, good])
    loop.emulator.settle()
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    assert len(loop.messages("out")) == 1


def test_an_object_that_s3_created_arrives_in_awss_shape(loop: Loop) -> None:
    s3 = loop.client("s3")
    s3.create_bucket(Bucket="raw-data")
    s3.put_bucket_versioning(Bucket="raw-data", VersioningConfiguration={"Status": "Enabled"})
    on: dict[str, Any] = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="raw-data", NotificationConfiguration=on)
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"object": {"key": [{"suffix": "/_SUCCESS"}]}},
    }
    loop.rule(pattern, {"Arn": loop.queue("out")})
    s3.put_object(Bucket="raw-data", Key="raw/flights/batch=2013-01/flights.csv", Body=b"x")
    put = s3.put_object(Bucket="raw-data", Key="raw/flights/batch=2013-01/_SUCCESS", Body=b"")
    loop.emulator.settle()
    [message] = loop.messages("out")
    event = json.loads(message["Body"])
    assert event["resources"] == ["arn:aws:s3:::raw-data"]
    assert event["detail"]["bucket"] == {"name": "raw-data"}
    assert event["detail"]["reason"] == "PutObject"
    described = event["detail"]["object"]
    assert described["key"] == "raw/flights/batch=2013-01/_SUCCESS"
    assert described["size"] == 0
    assert described["etag"] == put["ETag"].strip('"')
    assert described["version-id"] == put["VersionId"]


def test_a_buckets_eventbridge_notification_reads_back(loop: Loop) -> None:
    s3 = loop.client("s3")
    s3.create_bucket(Bucket="raw-data")
    before = s3.get_bucket_notification_configuration(Bucket="raw-data")
    on: dict[str, Any] = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="raw-data", NotificationConfiguration=on)
    after = s3.get_bucket_notification_configuration(Bucket="raw-data")
    assert "EventBridgeConfiguration" not in before
    assert after["EventBridgeConfiguration"] == {}


def test_a_rule_with_a_rate_fires_on_the_emulators_clock(loop: Loop) -> None:
    events = loop.client("events")
    events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="hourly", Targets=[{"Id": "q", "Arn": loop.queue("out")}])
    clock = loop.context.clock
    clock.advance_to(clock.now() + timedelta(hours=3, minutes=1))
    assert len(loop.messages("out")) == 3
    events.disable_rule(Name="hourly")
    clock.advance_to(clock.now() + timedelta(hours=3))
    assert len(loop.journal()) == 3


def test_a_rule_with_an_impossible_schedule_is_refused(loop: Loop) -> None:
    with pytest.raises(ClientError, match=r"exactly one of day-of-month and day-of-week"):
        loop.client("events").put_rule(Name="r", ScheduleExpression="cron(0 6 * * * *)")


def test_the_journal_tells_the_event_and_its_deliveries_over_http(loop: Loop) -> None:
    loop.rule({"source": ["app"]}, {"Arn": loop.queue("out")})
    loop.put({"n": 1})
    url = f"{loop.context.endpoint_url}/_mlops/events?since={loop.began:%Y-%m-%dT%H:%M:%SZ}"
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - the emulator's own address
        entry = json.load(answer)["Events"][-1]
    assert entry["event"]["detail"] == {"n": 1}
    assert [d["status"] for d in entry["deliveries"]] == ["delivered"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"Arn": PIPELINE}, "RoleArn is required for target"),
        ({"Input": "{}", "InputPath": "$.detail"}, "Only one of"),
        ({"InputPath": "detail"}, r"JSONPath must start with"),
    ],
)
def test_a_target_that_aws_would_refuse_is_refused(
    loop: Loop, changed: dict[str, Any], message: str
) -> None:
    target = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", **changed}
    with pytest.raises(ClientError, match=message):
        loop.rule({"source": ["app"]}, target)


def test_a_sixth_target_of_a_rule_is_refused(loop: Loop) -> None:
    queue = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}
    with pytest.raises(ClientError, match="takes 5 targets, got 6"):
        loop.rule({"source": ["app"]}, *[queue] * 6)
