"""One feature group as the service holds it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.emulator.feature_store.offline import OfflineStore
from infra.emulator.feature_store.online import OnlineStore
from infra.emulator.feature_store.values import ttl_seconds
from infra.emulator.sagemaker_api import present


@dataclass(slots=True)
class Metadata:
    """What people say of one feature."""

    created: datetime
    modified: datetime
    description: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """A feature group, its definition and its stores."""

    name: str
    arn: str
    region: str
    record_identifier: str
    event_time: str
    definitions: dict[str, dict[str, Any]]
    """By feature name, in the order in which they were declared."""
    creation_time: datetime
    last_modified_time: datetime
    role_arn: str | None
    description: str | None
    online_config: dict[str, Any] | None
    offline_config: dict[str, Any] | None
    throughput: dict[str, Any]
    tags: list[dict[str, str]]
    status: str = "Creating"
    failure_reason: str | None = None
    last_update: str | None = None
    metadata: dict[str, Metadata] = field(default_factory=dict)
    online: OnlineStore | None = None
    offline: OfflineStore | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def feature_group_name(self) -> str:
        """Return the name under which moto's Search looks for it."""
        return self.name

    @property
    def ttl(self) -> float | None:
        """Return the group's time to live in seconds."""
        return ttl_seconds((self.online_config or {}).get("TtlDuration"))

    def type_of(self, feature: str) -> str:
        """Return ``String``, ``Integral`` or ``Fractional``."""
        kind: str = self.definitions[feature]["FeatureType"]
        return kind

    def describe(self) -> dict[str, Any]:
        """Return DescribeFeatureGroup's answer."""
        return present(
            [
                ("FeatureGroupArn", self.arn),
                ("FeatureGroupName", self.name),
                ("RecordIdentifierFeatureName", self.record_identifier),
                ("EventTimeFeatureName", self.event_time),
                ("FeatureDefinitions", list(self.definitions.values())),
                ("CreationTime", self.creation_time),
                ("LastModifiedTime", self.last_modified_time),
                ("OnlineStoreConfig", self.online_config),
                ("OfflineStoreConfig", self.offline_config),
                ("ThroughputConfig", self.throughput),
                ("RoleArn", self.role_arn),
                ("FeatureGroupStatus", self.status),
                ("OfflineStoreStatus", self.offline_status()),
                ("LastUpdateStatus", self.last_update and {"Status": self.last_update}),
                ("FailureReason", self.failure_reason),
                ("Description", self.description),
                ("OnlineStoreTotalSizeBytes", self.online and self.online.size_bytes()),
            ]
        )

    def gen_response_object(self) -> dict[str, Any]:
        """Return what moto's Search shows."""
        return self.describe()

    def summary(self) -> dict[str, Any]:
        """Return the row of ListFeatureGroups."""
        return present(
            [
                ("FeatureGroupName", self.name),
                ("FeatureGroupArn", self.arn),
                ("CreationTime", self.creation_time),
                ("FeatureGroupStatus", self.status),
                ("OfflineStoreStatus", self.offline_status()),
            ]
        )

    def offline_status(self) -> dict[str, str] | None:
        """Return whether records reach S3, and why not."""
        if self.offline is None:
            return None
        if self.offline.blocked_reason:
            return {"Status": "Blocked", "BlockedReason": self.offline.blocked_reason}
        return {"Status": "Active"}
