"""Queues and their policies."""

from __future__ import annotations

import json

import pytest

from infra.resources.clients import EndpointClients
from infra.resources.handler import InputError
from infra.resources.sqs import TYPES
from tests.resources.types import assert_lives, of, stand

QUEUE = of(TYPES, "aws:sqs/queue:Queue")
POLICY = of(TYPES, "aws:sqs/queuePolicy:QueuePolicy")


def test_a_queue_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    declared = {
        "kmsMasterKeyId": "alias/aws/sqs",
        "messageRetentionSeconds": 1209600,
        "tags": {"team": "flights"},
        "visibilityTimeoutSeconds": 90,
    }
    standing = stand(QUEUE, aws, "letters", declared)
    assert standing.outputs["arn"].startswith("arn:aws:sqs:us-east-1:")
    assert standing.outputs["url"] == standing.id
    assert_lives(standing)


def test_a_changed_queue_keeps_its_url_and_takes_the_change(aws: EndpointClients) -> None:
    standing = stand(QUEUE, aws, "changing", {"delaySeconds": 5, "tags": {"a": "1", "b": "2"}})
    changed = standing.changed(delaySeconds=7, tags={"b": "3"})
    assert changed.id == standing.id
    assert changed.outputs["delaySeconds"] == 7
    assert changed.outputs["tags"] == {"b": "3"}


def test_a_fifo_queue_is_named_as_sqs_demands(aws: EndpointClients) -> None:
    standing = stand(QUEUE, aws, "ordered", {"fifoQueue": True})
    assert standing.inputs["name"].endswith(".fifo")
    assert_lives(standing)


def test_a_fifo_queue_with_another_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"name must end in \.fifo"):
        QUEUE.check("ordered", {"fifoQueue": True, "name": "plain"})


def test_a_setting_that_no_queue_has_is_refused_and_the_near_one_named() -> None:
    with pytest.raises(InputError, match="visibilityTimeoutSeconds"):
        QUEUE.check("letters", {"visibilityTimeout": 3})


def test_a_policy_is_the_queues_and_goes_without_it(aws: EndpointClients) -> None:
    queue = stand(QUEUE, aws, "guarded", {})
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue.outputs["arn"],
                }
            ],
        }
    )
    assert_lives(stand(POLICY, aws, "guard", {"queueUrl": queue.id, "policy": document}))
    assert queue.read() is not None
