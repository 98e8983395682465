"""Policies of what watches and what limits: topics, and a budget's action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components._iam import (
    Statement,
    allow,
    allow_principal,
    deny_everyone,
    document,
)
from components._place import Place

SPENDING: Final = (
    "sagemaker:CreateAutoMLJobV2",
    "sagemaker:CreateCluster",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
    "sagemaker:StartPipelineExecution",
)
"""What starts instances; updating an endpoint stays possible, so that a rollback does."""


def publish_alarms(topic_arn: str, place: Place) -> str:
    """Let this account's alarms, budgets and event rules publish to the topic, over TLS only."""
    return document(
        _publisher("cloudwatch", topic_arn, place.account_id, place.arn("cloudwatch", "alarm:*")),
        _publisher(
            "budgets",
            topic_arn,
            place.account_id,
            f"arn:{place.partition}:budgets::{place.account_id}:*",
        ),
        _publisher("events", topic_arn, place.account_id, place.arn("events", "rule/*")),
        deny_everyone(
            "sns:Publish",
            on=topic_arn,
            when={"Bool": {"aws:SecureTransport": "false"}},
            sid="OnlyTls",
        ),
    )


def _publisher(service: str, topic_arn: str, account_id: str, source: str) -> Statement:
    return allow_principal(
        {"Service": f"{service}.amazonaws.com"},
        "sns:Publish",
        on=topic_arn,
        when={
            "StringEquals": {"aws:SourceAccount": account_id},
            "ArnLike": {"aws:SourceArn": source},
        },
        sid=service.capitalize(),
    )


def stop_spending() -> str:
    """Deny whatever starts instances; attached to roles when a budget is spent."""
    statement: Statement = {
        "Effect": "Deny",
        "Action": list(SPENDING),
        "Resource": "*",  # a denial: whatever the role could start, it shall not
        "Sid": "TheBudgetIsSpent",
    }
    return document(statement)


def attach_stop(policy_arn: str, role_arns: Sequence[str]) -> str:
    """Allow a budget to attach that one policy to these roles, and to take it off again."""
    return document(
        allow(
            "iam:AttachRolePolicy",
            "iam:DetachRolePolicy",
            on=list(role_arns),
            when={"ArnEquals": {"iam:PolicyARN": policy_arn}},
        )
    )
