"""Sends to SQS queues on behalf of AWS services."""

from __future__ import annotations

from collections.abc import Mapping

from moto.core.exceptions import ServiceException
from moto.sqs.models import Queue, sqs_backends
from werkzeug.exceptions import HTTPException

from infra.emulator.context import Context
from infra.emulator.messaging.errors import DeliveryError
from infra.emulator.messaging.permissions import check_allowed


def send(
    context: Context,
    queue_arn: str,
    body: str,
    *,
    service: str,
    source_arn: str,
    group_id: str | None = None,
    attributes: Mapping[str, str] | None = None,
    trusted: bool = False,
) -> None:
    """Put a message on the queue as ``service``, for example ``events.amazonaws.com``.

    ``trusted``: sent with a role that the caller holds, so the queue's policy is not asked.

    Raises:
        DeliveryError: there is no such queue, its policy does not let the service, or SQS refuses.
    """
    region, name = queue_arn.split(":")[3], queue_arn.rsplit(":", 1)[-1]
    backend = sqs_backends[context.account_id][region]
    queue: Queue | None = backend.queues.get(name)
    if queue is None:
        raise DeliveryError("NO_RESOURCE", f"queue {queue_arn} does not exist")
    if not trusted:
        check_allowed(
            queue.policy,
            context,
            service=service,
            action="sqs:SendMessage",
            resource=queue_arn,
            source_arn=source_arn,
        )
    try:
        backend.send_message(
            name,
            body,
            message_attributes={
                key: {"DataType": "String", "StringValue": value}
                for key, value in (attributes or {}).items()
            },
            group_id=group_id,
        )
    except (HTTPException, ServiceException) as error:
        raise DeliveryError(type(error).__name__, str(error)) from error
