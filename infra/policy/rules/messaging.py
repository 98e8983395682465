"""Topics and queues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.policy.ask import beside, get, is_own_key, is_set, is_true, must
from infra.policy.documents import (
    EVERYTHING,
    allows,
    denies_clear_text,
    held_to,
    names_whom,
    statements,
)
from infra.policy.model import Problem, Resource, Rule, Stack

TOPIC: Final = ("aws:sns/topic:Topic",)
TOPIC_POLICY: Final = "aws:sns/topicPolicy:TopicPolicy"
QUEUE: Final = ("aws:sqs/queue:Queue",)
QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"
OF_ONE_ACCOUNT: Final = ("aws:SourceAccount", "aws:PrincipalAccount", "aws:SourceOwner")
FOR_DEAD_LETTERS: Final = frozenset({"deadLetterConfig", "destinationConfig", "redrivePolicy"})
"""Inputs that take a queue for what could not be delivered."""
SCHEDULE: Final = "aws:scheduler/schedule:Schedule"


def _services_alone(one: Resource, _: Stack) -> Iterator[Problem]:
    for name, statement in statements(one):
        others = statement["Principal"].get("AWS", ())
        if allows(statement) and others and not held_to(statement, *OF_ONE_ACCOUNT):
            yield Problem(what="a condition must keep it to one account", found=others, at=name)


def _no_wildcard(one: Resource, _: Stack) -> Iterator[Problem]:
    for name, statement in statements(one):
        actions = {action.lower() for action in statement["Action"]}
        if allows(statement) and {"sqs:*", *EVERYTHING} & actions:
            yield Problem(what="actions must be named", found=statement["Action"], at=name)


def _topic_tls(one: Resource, _: Stack) -> Iterator[Problem]:
    if not denies_clear_text(one, "sns:Publish"):
        yield Problem(what="the policy must deny sns:Publish where aws:SecureTransport is false")


def _queue_tls(one: Resource, _: Stack) -> Iterator[Problem]:
    if not denies_clear_text(one, "sqs:*"):
        yield Problem(what="the policy must deny sqs:* where aws:SecureTransport is false")


def _encrypted(one: Resource, _: Stack) -> Iterator[Problem]:
    if not is_set(get(one.props, "kmsMasterKeyId")) and not is_true(
        get(one.props, "sqsManagedSseEnabled")
    ):
        yield Problem(what="kmsMasterKeyId or sqsManagedSseEnabled must be set")


def _keeps_what_failed(queue: Resource, schedule: Resource) -> bool:
    """Tell whether a schedule's dead letters, which stand in its target, are this queue's."""
    return (
        queue.urn in schedule.refers.get("target", ())
        and is_set(get(schedule.props, "target.deadLetterConfig.arn"))
        and ":sqs:" not in str(get(schedule.props, "target.arn"))
    )


def _keeps_dead_letters(one: Resource, stack: Stack) -> Iterator[Problem]:
    if not (
        is_set(get(one.props, "redrivePolicy"))
        or stack.inputs_that_take(one) & FOR_DEAD_LETTERS
        or any(_keeps_what_failed(one, schedule) for schedule in stack.of_type(SCHEDULE))
    ):
        yield Problem(what="redrivePolicy must name a queue, or the queue be one for dead letters")


RULES: Final = (
    Rule(
        id="SNS.1",
        title="Topics are encrypted with a customer key",
        types=TOPIC,
        check=must("kmsMasterKeyId", is_own_key, "a customer key"),
        remedy="Give the topic a kmsMasterKeyId",
        also=("CKV_AWS_26",),
    ),
    Rule(
        id="SNS.4",
        title="Topics are not public",
        types=(TOPIC_POLICY, *TOPIC),
        check=names_whom("principal must not be *"),
        remedy="Name the principals, or a condition",
        also=("CKV_AWS_169",),
    ),
    Rule(
        id="CKV_AWS_385",
        title="Topics are not open to other accounts",
        types=(TOPIC_POLICY, *TOPIC),
        check=_services_alone,
        remedy="Give the statement a condition on aws:SourceAccount",
    ),
    Rule(
        id="AwsSolutions-SNS3",
        title="Topics take nothing that comes without TLS",
        types=TOPIC,
        check=beside(TOPIC_POLICY, "arn", "a topic policy must be declared", _topic_tls),
        remedy="Deny sns:Publish to everyone where aws:SecureTransport is false",
        beside=True,
    ),
    Rule(
        id="SQS.1",
        title="Queues are encrypted",
        types=QUEUE,
        check=_encrypted,
        remedy="Give the queue a kmsMasterKeyId",
        also=("CKV_AWS_27", "AwsSolutions-SQS2"),
    ),
    Rule(
        id="CKV_AWS_168",
        title="Policies of queues name their actions",
        types=(QUEUE_POLICY, *QUEUE),
        check=_no_wildcard,
        remedy="Name the actions",
    ),
    Rule(
        id="AwsSolutions-SQS3",
        title="What could not be delivered is kept",
        types=QUEUE,
        check=_keeps_dead_letters,
        remedy="Give the queue a redrivePolicy",
        beside=True,
    ),
    Rule(
        id="AwsSolutions-SQS4",
        title="Queues take nothing that comes without TLS",
        types=QUEUE,
        check=beside(QUEUE_POLICY, "queueUrl", "a queue policy must be declared", _queue_tls),
        remedy="Deny sqs:* to everyone where aws:SecureTransport is false",
        beside=True,
    ),
)
