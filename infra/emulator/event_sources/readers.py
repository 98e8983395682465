"""Reads the shards of streams for their mappings: one batch of a shard at a time, in order.

As Lambda does: a batch goes out when it is full or its window has passed; one that fails is split
where that is asked for, tried again, and at last given up, told to the failure destination.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.awslambda.models import lambda_backends
from moto.kinesis.models import Shard, Stream, kinesis_backends

from infra.emulator.context import Context, LambdaResult
from infra.emulator.event_sources.batches import Batch, arrival
from infra.emulator.lambdas.asynchronous import deliver
from infra.emulator.lambdas.invocation import find
from infra.emulator.lambdas.process import new_request_id

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 60
UNLIMITED = -1


class Readers:
    """The readers of all mappings."""

    def __init__(self, context: Context) -> None:
        self.lock = threading.RLock()
        self._context = context
        self._readers: dict[tuple[str, str], Reader] = {}

    def arrived(self, stream: Stream, shard: Shard) -> None:
        """Note that a shard has something to read."""
        for mapping in self._mappings(stream):
            self._reader(mapping, stream, shard, position=None).wake()

    def begin(self, mapping: Any) -> None:  # noqa: ANN401 - moto's
        """Read what a mapping has to, from where it starts; again, after a change."""
        stream = _stream(self._context, mapping)
        if stream is None:
            return
        for shard in list(stream.shards.values()):
            self._reader(mapping, stream, shard, position=_start(mapping, shard)).wake()

    def _mappings(self, stream: Stream) -> list[Any]:
        backend = lambda_backends[self._context.account_id][stream.region]
        return [
            mapping
            for mapping in list(backend._event_source_mappings.values())
            if mapping.event_source_arn == stream.arn
        ]

    def _reader(
        self,
        mapping: Any,  # noqa: ANN401 - moto's
        stream: Stream,
        shard: Shard,
        *,
        position: int | None,
    ) -> Reader:
        key = (mapping.uuid, shard.shard_id)
        with self.lock:
            if key not in self._readers:
                # A shard that came later, by a split, is read from its beginning.
                self._readers[key] = Reader(self._context, mapping, stream, shard, position or 0)
            return self._readers[key]


class Reader:
    """One mapping's way through one shard."""

    def __init__(
        self,
        context: Context,
        mapping: Any,  # noqa: ANN401 - moto's
        stream: Stream,
        shard: Shard,
        position: int,
    ) -> None:
        self._context = context
        self._mapping = mapping
        self._stream = stream
        self._shard = shard
        self._position = position
        """Sequence number of the last record that was taken."""
        self._pending: deque[Batch] = deque()
        self._lock = threading.Lock()
        self._busy = False
        self._resting_until: datetime | None = None
        self._timed = False

    def wake(self) -> None:
        """Read on, unless that is under way or waits for its time."""
        with self._lock:
            if self._busy or self._resting_until is not None or not self._wanted():
                return
            self._busy = True
        name = f"event source {self._stream.stream_name} {self._shard.shard_id}"
        self._context.work.submit(name, self._read)

    def _read(self) -> None:
        while True:
            with self._lock:
                batch = self._next() if self._wanted() else None
                if batch is None:
                    self._busy = False
                    return
            self._process(batch)

    def _next(self) -> Batch | None:
        if self._resting_until is not None:
            return None
        if self._pending:
            return self._pending.popleft()
        limit = int(self._mapping.batch_size)
        records, _, _ = self._shard.get_records(str(self._position), limit)
        if not records:
            return None
        window = timedelta(seconds=self._mapping.max_batch_window or 0)
        due = arrival(records[0]) + window
        if len(records) < limit and self._context.clock.now() < due:
            if not self._timed:
                self._timed = True
                self._call_at(due, self._window_over)
            return None
        self._position = int(records[-1].sequence_number)
        return Batch(tuple(records))

    def _process(self, batch: Batch) -> None:
        if self._too_old(batch):
            self._give_up(batch, "RecordAgeExceeded", None)
            return
        try:
            result = self._invoke(batch)
        except (LookupError, NotImplementedError) as error:
            result = LambdaResult(b"null", str(error), "")
        partial = "ReportBatchItemFailures" in (self._mapping.function_response_types or [])
        failed = batch.after(result, partial=partial)
        if failed is None:
            return
        with self._lock:
            if self._mapping.bisect_on_error and len(failed.records) > 1:
                # Splitting counts as no attempt. What succeeded before the failure is a part, too.
                parts = [failed] if len(failed.records) < len(batch.records) else failed.halves()
                self._pending.extendleft(reversed(parts))
                return
            failed = failed.tried()
            limit = self._mapping.max_retry_attempts
            if limit is None or limit == UNLIMITED or failed.attempts <= limit:
                self._pending.appendleft(failed)
                self._rest(failed.attempts)
                return
        self._give_up(failed, "RetryAttemptsExhausted", result)

    def _invoke(self, batch: Batch) -> LambdaResult:
        function = self._function()
        payload = batch.event(
            stream_arn=self._stream.arn, shard_id=self._shard.shard_id, role_arn=function.role
        )
        return self._context.invoke_lambda(self._mapping.function_arn, payload)

    def _function(self) -> Any:  # noqa: ANN401 - moto's
        return find(self._context, self._mapping.function_arn, self._stream.region)

    def _rest(self, attempts: int) -> None:
        """Wait before the next attempt, longer each time; Lambda's own waits are not published."""
        seconds = min(2 ** (attempts - 1), LONGEST_WAIT_SECONDS)
        self._resting_until = self._context.clock.now() + timedelta(seconds=seconds)
        self._call_at(self._resting_until, self._rested)

    def _rested(self, _: datetime) -> None:
        with self._lock:
            self._resting_until = None
        self.wake()

    def _window_over(self, _: datetime) -> None:
        with self._lock:
            self._timed = False
        self.wake()

    def _call_at(self, when: datetime, callback: Any) -> None:  # noqa: ANN401 - takes the time
        name = f"event source {self._stream.stream_name}"
        self._context.clock.call_at(when, callback, name=name)

    def _too_old(self, batch: Batch) -> bool:
        limit = self._mapping.max_record_age
        if limit is None or limit == UNLIMITED:
            return False
        age = self._context.clock.now() - arrival(batch.records[-1])
        return age > timedelta(seconds=limit)

    def _give_up(self, batch: Batch, condition: str, result: LambdaResult | None) -> None:
        destination = ((self._mapping.destination_config or {}).get("OnFailure") or {}).get(
            "Destination"
        )
        place = {"stream_arn": self._stream.arn, "shard_id": self._shard.shard_id}
        info = batch.info(**place)
        if not destination:
            log.error("%s gave up %s", self._mapping.function_arn, info)
            return
        told: dict[str, Any] = {
            "requestContext": {
                "requestId": new_request_id(),
                "functionArn": self._mapping.function_arn,
                "condition": condition,
                "approximateInvokeCount": batch.attempts,
            },
            "version": "1.0",
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "KinesisBatchInfo": info,
        }
        if result is not None:
            told["responseContext"] = {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": result.function_error,
            }
        try:
            deliver(self._context, self._function(), destination, json.dumps(told), {})
        except (BotoCoreError, ClientError, LookupError, NotImplementedError):
            # As on AWS: the shard is read on, whatever becomes of its letters.
            log.exception("%s: %s could not be told to %s", self._mapping.uuid, info, destination)

    def _wanted(self) -> bool:
        backend = lambda_backends[self._context.account_id][self._stream.region]
        standing = backend.get_event_source_mapping(self._mapping.uuid)
        return standing is not None and bool(self._mapping.enabled)


def _stream(context: Context, mapping: Any) -> Stream | None:  # noqa: ANN401 - moto's
    if ":kinesis:" not in mapping.event_source_arn:
        return None
    region = mapping.event_source_arn.split(":")[3]
    streams = kinesis_backends[context.account_id][region].streams.values()
    return next((one for one in streams if one.arn == mapping.event_source_arn), None)


def _start(mapping: Any, shard: Shard) -> int:  # noqa: ANN401 - moto's
    """Return the sequence number after which a new mapping reads."""
    match mapping.starting_position:
        case "LATEST":
            return shard.get_max_sequence_number()
        case "AT_TIMESTAMP":
            return shard.get_sequence_number_at(float(mapping.starting_position_timestamp))
        case _:
            return 0
