"""What a function is told of a stream's records, and what its answer says of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from infra.emulator.context import LambdaResult


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one shard, in order, and how often they were tried."""

    records: Sequence[Any]
    """moto's."""
    attempts: int = 0

    def after(self, result: LambdaResult, *, partial: bool) -> Batch | None:
        """Return the records from the first that failed; ``None`` where all are done.

        ``partial``: the function reports which records failed (``ReportBatchItemFailures``); what
        is no such report fails the batch, as AWS says.
        """
        start = 0 if result.function_error else self._first_failure(result) if partial else None
        if start is None:
            return None
        return Batch(self.records[start:], 0 if start else self.attempts)

    def tried(self) -> Batch:
        """Return the same batch, tried once more."""
        return replace(self, attempts=self.attempts + 1)

    def halves(self) -> tuple[Batch, Batch]:
        """Return two batches, as if none of them was tried."""
        middle = len(self.records) // 2
        return Batch(self.records[:middle]), Batch(self.records[middle:])

    def event(self, *, stream_arn: str, shard_id: str, role_arn: str) -> bytes:
        """Return the event that the function is given."""
        return json.dumps(
            {
                "Records": [
                    {
                        "kinesis": {
                            "kinesisSchemaVersion": "1.0",
                            "partitionKey": record.partition_key,
                            "sequenceNumber": str(record.sequence_number),
                            "data": record.data,
                            "approximateArrivalTimestamp": arrival(record).timestamp(),
                        },
                        "eventSource": "aws:kinesis",
                        "eventVersion": "1.0",
                        "eventID": f"{shard_id}:{record.sequence_number}",
                        "eventName": "aws:kinesis:record",
                        "invokeIdentityArn": role_arn,
                        "awsRegion": stream_arn.split(":")[3],
                        "eventSourceARN": stream_arn,
                    }
                    for record in self.records
                ]
            }
        ).encode()

    def info(self, *, stream_arn: str, shard_id: str) -> dict[str, Any]:
        """Return what a destination is told of records that were given up."""
        first, last = self.records[0], self.records[-1]
        return {
            "shardId": shard_id,
            "startSequenceNumber": str(first.sequence_number),
            "endSequenceNumber": str(last.sequence_number),
            "approximateArrivalOfFirstRecord": _stamp(arrival(first)),
            "approximateArrivalOfLastRecord": _stamp(arrival(last)),
            "batchSize": len(self.records),
            "streamArn": stream_arn,
        }

    def _first_failure(self, result: LambdaResult) -> int | None:
        try:
            answer = json.loads(result.payload or b"null")
            failures = (answer or {}).get("batchItemFailures") or []
            failed = {str(failure["itemIdentifier"]) for failure in failures}
        except (AttributeError, KeyError, TypeError, ValueError):
            return 0
        numbers = [str(record.sequence_number) for record in self.records]
        if not failed <= set(numbers):
            return 0
        return min((numbers.index(number) for number in failed), default=None)


def arrival(record: Any) -> datetime:  # noqa: ANN401 - moto's
    """Return when a record arrived."""
    moment: datetime = record.created_at_datetime
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
