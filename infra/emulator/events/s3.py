"""What S3 tells EventBridge, and the bucket's notification settings as they were put."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.s3 import notifications
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from infra.emulator.context import Context
from infra.emulator.events.bus import Bus
from infra.emulator.patches import replace

_REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
    "LifecycleExpiration:Delete": "Lifecycle Expiration",
    "LifecycleExpiration:DeleteMarkerCreated": "Lifecycle Expiration",
}
_sequence = itertools.count(1)


def install_s3(context: Context, bus: Bus) -> None:
    """Send S3's events in AWS's shape, and read notification settings back whole."""

    def notify(account_id: str, bucket: FakeBucket, event_name: str, key: Any) -> None:
        name = str(getattr(event_name, "value", event_name))
        bus(
            source="aws.s3",
            detail_type=notifications._detail_type(name),
            detail=_detail(account_id, bucket.name, name, key),
            resources=[bucket.arn],
            region=bucket.region_name,
        )

    replace(context, notifications, "_send_event_bridge_message", notify)
    replace(context, S3Response, "get_bucket_notification", get_bucket_notification)


def _detail(account_id: str, bucket: str, event_name: str, key: Any) -> dict[str, Any]:
    cause = event_name.removeprefix("s3:")
    deleted = cause.startswith(("ObjectRemoved", "LifecycleExpiration"))
    described: dict[str, Any] = {"key": key.name}
    if not deleted:
        described |= {"size": key.size, "etag": key.etag.replace('"', "")}
    if (version := getattr(key, "version_id", None)) not in (None, "null"):
        described["version-id"] = version
    described["sequencer"] = f"{next(_sequence):018X}"
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket},
        "object": described,
        "request-id": f"{next(_sequence):016X}",
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
    }
    if cause in _REASONS:
        detail["reason"] = _REASONS[cause]
    if deleted:
        marker = cause.endswith("DeleteMarkerCreated")
        detail["deletion-type"] = "Delete Marker Created" if marker else "Permanently Deleted"
    return detail


def get_bucket_notification(response: S3Response) -> Any:
    """Answer ``GetBucketNotificationConfiguration``; moto leaves EventBridge out of it."""
    settings = response.backend.get_bucket_notification_configuration(response.bucket_name)
    if not settings:
        return response.serialized(EmptyResult())
    result: dict[str, Any] = {
        "TopicConfigurations": [_entry(one, "TopicArn") for one in settings.topic],
        "QueueConfigurations": [_entry(one, "QueueArn") for one in settings.queue],
        "LambdaFunctionConfigurations": [
            _entry(one, "LambdaFunctionArn") for one in settings.cloud_function
        ],
    }
    if settings.event_bridge is not None:
        result["EventBridgeConfiguration"] = {}
    response.data["Action"] = "GetBucketNotificationConfiguration"
    return response.serialized(ActionResult(result))


def _entry(notification: Any, arn_key: str) -> Mapping[str, Any]:
    entry = {"Id": notification.id, arn_key: notification.arn, "Events": notification.events}
    if notification.filters:
        entry["Filter"] = {"Key": {"FilterRules": notification.filters["S3Key"]["FilterRule"]}}
    return entry
