"""Topics, their policies and subscriptions."""

from __future__ import annotations

import json

from infra.resources.clients import EndpointClients
from infra.resources.sns import TYPES
from tests.resources.types import assert_lives, of, stand

TOPIC = of(TYPES, "aws:sns/topic:Topic")
POLICY = of(TYPES, "aws:sns/topicPolicy:TopicPolicy")
SUBSCRIPTION = of(TYPES, "aws:sns/topicSubscription:TopicSubscription")


def test_a_topic_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    declared = {"kmsMasterKeyId": "alias/aws/sns", "displayName": "News", "tags": {"a": "b"}}
    assert_lives(stand(TOPIC, aws, "news", declared))


def test_a_changed_topic_keeps_its_arn_and_takes_the_change(aws: EndpointClients) -> None:
    standing = stand(TOPIC, aws, "changing", {"displayName": "Old", "tags": {"a": "b"}})
    changed = standing.changed(displayName="New", tags={"a": "c"})
    assert changed.id == standing.id
    assert changed.outputs["displayName"] == "New"
    assert changed.outputs["tags"] == {"a": "c"}


def test_a_topics_policy_gives_way_to_the_owners_when_it_goes(aws: EndpointClients) -> None:
    topic = stand(TOPIC, aws, "guarded", {})
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": topic.id,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    standing = stand(POLICY, aws, "guard", {"arn": topic.id, "policy": document})
    assert standing.outputs["policy"] == document
    standing.delete()
    held = aws("sns").get_topic_attributes(TopicArn=topic.id)["Attributes"]["Policy"]
    assert "cloudwatch.amazonaws.com" not in held


def test_a_subscription_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    topic = stand(TOPIC, aws, "heard", {})
    queue = aws("sqs").create_queue(QueueName="ears")["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    declared = {
        "topic": topic.id,
        "protocol": "sqs",
        "endpoint": arn["Attributes"]["QueueArn"],
        "rawMessageDelivery": True,
        "filterPolicy": json.dumps({"kind": ["drift"]}),
    }
    assert_lives(stand(SUBSCRIPTION, aws, "ears", declared))
