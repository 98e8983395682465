"""A queue for what could not be delivered."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components._alarm import Watch, watch
from components._iam_storage import dead_letters
from components._place import here
from components.alerting import Alerting

RETENTION_SECONDS = 14 * 24 * 3600
"""SQS keeps messages no longer."""


def dead_letter_queue(
    name: str,
    *,
    key_arn: pulumi.Input[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
    alerting: Alerting | None = None,
) -> aws.sqs.Queue:
    """Declare an encrypted queue that EventBridge and this account's roles may send to.

    With ``alerting``, an alarm says that something lies in it.
    """
    queue = aws.sqs.Queue(
        name,
        kms_master_key_id=key_arn,
        message_retention_seconds=RETENTION_SECONDS,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.sqs.QueuePolicy(
        f"{name}-policy",
        queue_url=queue.url,
        policy=pulumi.Output.all(queue.arn, here()).apply(lambda both: dead_letters(*both)),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    if alerting is not None:
        waiting = Watch(
            runbook="dead-letters",
            description=f"Something lies undelivered in {name}",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": queue.name},
            statistic="Maximum",
        )
        watch(f"{name}-waiting", waiting, alerting, tags=tags, parent=parent)
    return queue
