"""The offline store: every record ever written, as Parquet under the group's path on S3."""

from __future__ import annotations

import io
import itertools
import logging
import secrets
import string
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError
from moto.s3.models import s3_backends

from infra.emulator.context import Context
from infra.emulator.quiet import Quiet

log = logging.getLogger(__name__)

_ARROW = {"String": pa.string(), "Integral": pa.int64(), "Fractional": pa.float64()}
_STAMP = pa.timestamp("ms", tz="UTC")
_RANDOM = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Event:
    """One write, as the offline store appends it."""

    seconds: float
    """Event time since 1970."""
    values: Mapping[str, Any]
    """Typed by feature; what is absent is null."""
    invoked: float
    """When the runtime was called, in seconds since 1970."""
    deleted: bool = False


class OfflineStore:
    """Buffers events and writes them out; AWS does it within 15 minutes, here it is soon after."""

    def __init__(
        self, context: Context, *, name: str, region: str, role_arn: str, config: Mapping[str, Any]
    ) -> None:
        self.blocked_reason: str | None = None
        self._context = context
        self._region = region
        self._role_arn = role_arn
        storage = config["S3StorageConfig"]
        address = urlsplit(storage["ResolvedOutputS3Uri"])
        self._bucket, self._prefix = address.netloc, address.path.strip("/")
        self._kms_key_id: str | None = storage.get("KmsKeyId")
        self._types: dict[str, str] = {}
        self._events: list[Event] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._quiet = Quiet(context, f"offline store of {name}", self.flush)

    def declare(self, types: Mapping[str, str]) -> None:
        """Set the features, in order; events already buffered get the new columns as null."""
        self._types = dict(types)

    def append(self, events: Sequence[Event]) -> None:
        """Keep events to be written."""
        with self._lock:
            self._events.extend(events)
        self._quiet.added(len(events))

    def flush(self) -> None:
        """Write what is buffered; what cannot be written stays buffered."""
        with self._writing:
            with self._lock:
                events, self._events = self._events, []
            if not events:
                return
            try:
                self._write(events)
                self.blocked_reason = None
            except (BotoCoreError, ClientError) as error:
                self.blocked_reason = f"{self._role_arn}: {error}"
                log.warning("offline store %s: %s", self._prefix, self.blocked_reason)
                with self._lock:
                    self._events = events + self._events

    def close(self) -> None:
        """Write what is left and stop."""
        self.flush()
        self._quiet.close()

    def _write(self, events: list[Event]) -> None:
        written = self._context.clock.now()
        files = ((key, body) for key, body in self._files(events, written))
        first_key, first_body = next(files)
        # The role's own request first: a role that may not write is found out. The others go to
        # moto's store directly, which is some forty times as fast.
        encryption = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._kms_key_id}
            if self._kms_key_id
            else {}
        )
        self._context.client("s3", self._region, role_arn=self._role_arn).put_object(
            Bucket=self._bucket, Key=first_key, Body=first_body, **encryption
        )
        backend = s3_backends[self._context.account_id]["aws"]
        for key, body in files:
            backend.put_object(
                self._bucket,
                key,
                body,
                encryption="aws:kms" if self._kms_key_id else None,
                kms_key_id=self._kms_key_id,
            )

    def _files(self, events: list[Event], written: datetime) -> Iterator[tuple[str, bytes]]:
        events.sort(key=lambda event: event.seconds)
        table = self._table(events, written)
        start = 0
        for hour, members in itertools.groupby(events, key=lambda event: event.seconds // 3600):
            count = sum(1 for _ in members)
            end = start + count
            buffer = io.BytesIO()
            pq.write_table(table.slice(start, count), buffer)
            moment = datetime.fromtimestamp(hour * 3600, UTC)
            latest = datetime.fromtimestamp(events[end - 1].seconds, UTC)
            token = "".join(secrets.choice(_RANDOM) for _ in range(16))
            yield (
                f"{self._prefix}/{moment:year=%Y/month=%m/day=%d/hour=%H}"
                f"/{latest:%Y%m%dT%H%M%SZ}_{token}.parquet",
                buffer.getvalue(),
            )
            start = end

    def _table(self, events: Sequence[Event], written: datetime) -> pa.Table:
        columns: dict[str, pa.Array] = {
            name: pa.array([event.values.get(name) for event in events], _ARROW[kind])
            for name, kind in self._types.items()
        }
        millis = int(written.timestamp() * 1000)
        columns["write_time"] = pa.array([millis] * len(events), _STAMP)
        columns["api_invocation_time"] = pa.array(
            [int(event.invoked * 1000) for event in events], _STAMP
        )
        columns["is_deleted"] = pa.array([event.deleted for event in events], pa.bool_())
        return pa.table(columns)
