from typing import Any

import pytest

from infra.emulator.messaging.permissions import allows

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
RULE = "arn:aws:events:us-east-1:123456789012:rule/r"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
}


def may(*statements: dict[str, Any]) -> bool:
    return allows(
        {"Statement": list(statements)},
        service="events.amazonaws.com",
        action="sqs:SendMessage",
        resource=QUEUE,
        source_arn=RULE,
        account_id="123456789012",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Action": ["SQS:*"]},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Resource": "arn:aws:sqs:us-east-1:*:q"},
        {"Condition": {"ArnEquals": {"aws:SourceArn": RULE}}},
        {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:*:*:rule/*"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}},
    ],
)
def test_a_policy_lets_a_service_in(changed: dict[str, Any]) -> None:
    assert may(ALLOW | changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"Effect": "Deny"},
        {"Action": "sqs:ReceiveMessage"},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Principal": {"AWS": "123456789012"}},
        {"Resource": "arn:aws:sqs:us-east-1:123456789012:other"},
        {"Condition": {"ArnEquals": {"aws:SourceArn": f"{RULE}-other"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    ],
)
def test_a_policy_keeps_a_service_out(changed: dict[str, Any]) -> None:
    assert not may(ALLOW | changed)


def test_a_denial_outweighs_an_allowance() -> None:
    assert not may(ALLOW, {**ALLOW, "Effect": "Deny", "Principal": "*"})


def test_no_policy_lets_nobody_in() -> None:
    assert not may()
