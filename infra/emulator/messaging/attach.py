"""Attaches deliveries between SNS, SQS, S3 and Lambda to an emulator."""

from __future__ import annotations

import json
import logging
from typing import Any

from moto.s3 import notifications

from infra.emulator.context import Context
from infra.emulator.messaging.errors import DeliveryError
from infra.emulator.messaging.functions import invoke
from infra.emulator.messaging.topics import deliver_subscriptions
from infra.emulator.patches import replace

log = logging.getLogger(__name__)


def install(context: Context) -> None:
    """Deliver SNS subscriptions and S3 notifications to functions; SQS stays moto's."""
    deliver_subscriptions(context)

    def notify_function(account_id: str, event: Any, function_arn: str, region: str) -> None:
        del account_id, region
        bucket_arn = event["Records"][0]["s3"]["bucket"]["arn"]
        try:
            invoke(
                context,
                function_arn,
                json.dumps(event),
                service="s3.amazonaws.com",
                source_arn=bucket_arn,
            )
        except DeliveryError as error:
            log.warning("s3 notification of %s: %s", bucket_arn, error)

    replace(context, notifications, "_invoke_awslambda", notify_function)
