"""Publishes to SNS topics on behalf of AWS services, and delivers to subscribed functions."""

from __future__ import annotations

import json
import logging
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.sns.models import Subscription, sns_backends
from werkzeug.exceptions import HTTPException

from infra.emulator.context import Context
from infra.emulator.messaging.errors import DeliveryError
from infra.emulator.messaging.functions import invoke
from infra.emulator.messaging.permissions import check_allowed
from infra.emulator.messaging.queues import send
from infra.emulator.patches import replace

log = logging.getLogger(__name__)


def publish(
    context: Context,
    topic_arn: str,
    message: str,
    *,
    service: str,
    source_arn: str,
    subject: str | None = None,
    trusted: bool = False,
) -> None:
    """Publish as ``service``; ``trusted`` where the caller holds a role instead.

    Raises:
        DeliveryError: there is no such topic, its policy does not let the service, or SNS refuses.
    """
    backend = sns_backends[context.account_id][topic_arn.split(":")[3]]
    topic = backend.topics.get(topic_arn)
    if topic is None:
        raise DeliveryError("NO_RESOURCE", f"topic {topic_arn} does not exist")
    if not trusted:
        check_allowed(
            topic.policy,
            context,
            service=service,
            action="sns:Publish",
            resource=topic_arn,
            source_arn=source_arn,
        )
    try:
        backend.publish(message, arn=topic_arn, subject=subject)
    except (HTTPException, ServiceException) as error:
        raise DeliveryError(type(error).__name__, str(error)) from error


def deliver_subscriptions(context: Context) -> None:
    """Make SNS invoke subscribed functions, and survive a subscriber that is not there."""

    def deliver(subscription: Subscription, message: str, message_id: str, **options: Any) -> None:
        try:
            if subscription.protocol == "lambda":
                _to_function(context, subscription, message, message_id, **options)
            else:
                by_moto(subscription, message, message_id, **options)
        except (DeliveryError, HTTPException, ServiceException) as error:
            _dead_letter(context, subscription, message, error)

    by_moto = replace(context, Subscription, "publish", deliver)


def _to_function(
    context: Context,
    subscription: Subscription,
    message: str,
    message_id: str,
    *,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    message_structure: str | None = None,
    **_: Any,
) -> None:
    matcher = subscription._filter_policy_matcher
    if matcher is not None and not matcher.matches(message_attributes, message):
        return
    if message_structure == "json":
        by_protocol = json.loads(message)
        message = by_protocol.get("lambda", by_protocol["default"])
    topic_arn = subscription.topic.arn
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": topic_arn,
            "Subject": subject,
            "Message": message,
            "Timestamp": iso_8601_datetime_with_milliseconds(),
            "MessageAttributes": message_attributes or {},
        },
    }
    invoke(
        context,
        subscription.endpoint,
        json.dumps({"Records": [record]}),
        service="sns.amazonaws.com",
        source_arn=topic_arn,
    )


def _dead_letter(
    context: Context, subscription: Subscription, message: str, error: Exception
) -> None:
    log.warning("sns to %s: %s", subscription.endpoint, error)
    redrive = subscription.attributes.get("RedrivePolicy")
    if not redrive:
        return
    queue_arn = json.loads(redrive)["deadLetterTargetArn"]
    attributes = {
        "ERROR_CODE": error.code if isinstance(error, DeliveryError) else type(error).__name__,
        "ERROR_MESSAGE": str(error),
    }
    try:
        send(
            context,
            queue_arn,
            message,
            service="sns.amazonaws.com",
            source_arn=subscription.topic.arn,
            attributes=attributes,
        )
    except DeliveryError:
        log.exception("sns dead-letter queue %s", queue_arn)
