import json
from collections.abc import Iterator

import pytest

from infra.emulator.server import Emulator
from tests.emulator.events.harness import ACCOUNT, REGION, Loop


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(parts=("credentials", "messaging", "events")) as running:
        yield running


@pytest.fixture
def loop(emulator: Emulator) -> Loop:
    return Loop(emulator)


def test_a_subscribed_function_gets_snss_record(loop: Loop) -> None:
    sns = loop.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    function = loop.function("reader", "sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    sns.publish(TopicArn=topic, Message="hello", Subject="greeting")
    [call] = loop.calls
    [record] = call["event"]["Records"]
    assert record["EventSource"] == "aws:sns"
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("hello", "greeting")


def test_a_filter_policy_keeps_messages_from_a_function(loop: Loop) -> None:
    sns = loop.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    function = loop.function("reader", "sns.amazonaws.com")
    policy = json.dumps({"level": ["high"]})
    sns.subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=function, Attributes={"FilterPolicy": policy}
    )
    low, high = (
        {"level": {"DataType": "String", "StringValue": level}} for level in ("low", "high")
    )
    sns.publish(TopicArn=topic, Message="quiet", MessageAttributes=low)
    sns.publish(TopicArn=topic, Message="loud", MessageAttributes=high)
    assert [c["event"]["Records"][0]["Sns"]["Message"] for c in loop.calls] == ["loud"]


def test_a_function_that_sns_may_not_invoke_is_skipped_and_dead_lettered(loop: Loop) -> None:
    sns = loop.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    redrive = json.dumps({"deadLetterTargetArn": loop.queue("dlq", service="sns.amazonaws.com")})
    sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=loop.function("reader"),
        Attributes={"RedrivePolicy": redrive},
    )
    sns.publish(TopicArn=topic, Message="hello")
    [message] = loop.messages("dlq")
    assert loop.calls == []
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def test_a_subscribed_queue_that_is_gone_does_not_fail_the_publisher(loop: Loop) -> None:
    sns = loop.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    gone = f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=gone)
    assert sns.publish(TopicArn=topic, Message="hello")["MessageId"]


def test_an_object_that_s3_created_reaches_a_function(loop: Loop) -> None:
    s3 = loop.client("s3")
    s3.create_bucket(Bucket="raw-data")
    function = loop.function("reader", "s3.amazonaws.com")
    wanted = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="raw-data", NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    s3.put_object(Bucket="raw-data", Key="a/b", Body=b"x")
    [call] = loop.calls
    assert call["event"]["Records"][0]["s3"]["object"]["key"] == "a%2Fb"
