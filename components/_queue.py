"""A queue for what could not be delivered."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components._iam_storage import dead_letters
from components._place import here

RETENTION_SECONDS = 14 * 24 * 3600
"""SQS keeps messages no longer."""


def dead_letter_queue(
    name: str, *, key_arn: pulumi.Input[str], tags: Mapping[str, str], parent: pulumi.Resource
) -> aws.sqs.Queue:
    """Declare an encrypted queue that EventBridge and this account's roles may send to."""
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
    return queue
