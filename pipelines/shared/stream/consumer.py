"""What a function does with records of a Kinesis stream: to the feature group, or to the letters.

A record that can never be written goes to the dead-letter queue, with its reason, and holds up no
other. What failed for now (throttling, an outage) is reported to Lambda, which tries it again from
there; writing a record twice leaves it as it is.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipelines.shared.stream.records import Record, RecordError, checked

THREADS = 8
REASON_LIMIT = 1024
_REFUSALS = frozenset({"ValidationError", "ValidationException"})

Transform = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""From what was sent to features by name; raises :class:`RecordError`."""


@dataclass(frozen=True)
class Stream:
    """Where records go."""

    group: Mapping[str, Any]
    """Its schema, as the use case declares it."""
    group_name: str
    """AWS's name of it."""
    letters_url: str
    """Queue of what cannot be written."""
    runtime: Any
    """boto3 client of Feature Store's runtime."""
    sqs: Any


def stream(group: Mapping[str, Any], client: Callable[[str], Any]) -> Stream:
    """Return the stream that the function's environment describes.

    Raises:
        KeyError: ``FEATURE_GROUP`` or ``DEAD_LETTERS_URL`` is not set.
    """
    return Stream(
        group,
        os.environ["FEATURE_GROUP"],
        os.environ["DEAD_LETTERS_URL"],
        client("sagemaker-featurestore-runtime"),
        client("sqs"),
    )


def consume(event: Mapping[str, Any], to: Stream, transform: Transform) -> dict[str, Any]:
    """Write the records of one event and report which failed for now (``batchItemFailures``).

    Raises:
        botocore.exceptions.ClientError: the dead-letter queue refuses; Lambda tries all again.
    """
    records: dict[tuple[str, str], tuple[Mapping[str, Any], Record]] = {}
    refused: list[tuple[Mapping[str, Any], str]] = []
    for sent in event["Records"]:
        try:
            record = checked(transform(_read(sent)), to.group)
        except RecordError as error:
            refused.append((sent, str(error)))
            continue
        # Of one entity and event time the last counts, and they are not written side by side.
        records[_key(record, to.group)] = (sent, record)
    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(lambda one: _write(to, one[1]), records.values()))
    failed = []
    for (sent, _), outcome in zip(records.values(), outcomes):  # noqa: B905 - one each
        if isinstance(outcome, RecordError):
            refused.append((sent, str(outcome)))
        elif outcome is not None:
            _say("failed", sent, str(outcome))
            failed.append({"itemIdentifier": sent["kinesis"]["sequenceNumber"]})
    for sent, reason in refused:
        _say("refused", sent, reason)
        _post(to, sent, reason)
    return {"batchItemFailures": failed}


def _read(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        values = json.loads(base64.b64decode(sent["kinesis"]["data"]))
    except ValueError as error:
        raise RecordError(f"record must be JSON: {error}") from error
    if not isinstance(values, dict):
        raise RecordError(f"record must be a JSON object, got {type(values).__name__}")
    return values


def _key(record: Record, group: Mapping[str, Any]) -> tuple[str, str]:
    values = {one["FeatureName"]: one["ValueAsString"] for one in record}
    return values[group["record_identifier"]], values[group["event_time"]]


def _write(to: Stream, record: Record) -> Exception | None:
    """Write one record; return why not, a :class:`RecordError` where that is for good."""
    try:
        to.runtime.put_record(FeatureGroupName=to.group_name, Record=record)
    except ClientError as error:
        if error.response["Error"]["Code"] in _REFUSALS:
            return RecordError(str(error))
        return error
    except BotoCoreError as error:
        return error
    return None


def _post(to: Stream, sent: Mapping[str, Any], reason: str) -> None:
    body = {
        "reason": reason[:REASON_LIMIT],
        "feature_group": to.group_name,
        "stream": sent["eventSourceARN"],
        "event_id": sent["eventID"],
        "partition_key": sent["kinesis"]["partitionKey"],
        "data": sent["kinesis"]["data"],
    }
    to.sqs.send_message(QueueUrl=to.letters_url, MessageBody=json.dumps(body))


def _say(outcome: str, sent: Mapping[str, Any], reason: str) -> None:
    line = {"outcome": outcome, "event_id": sent["eventID"], "reason": reason[:REASON_LIMIT]}
    print(json.dumps(line))  # noqa: T201 - the function's log
