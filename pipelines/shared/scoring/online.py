"""Reads online features, many records at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from pipelines.shared.scoring.errors import FeaturesUnavailableError
from pipelines.shared.scoring.use_case import Records, Row, Scored

BATCH = 100
"""Records that ``BatchGetRecord`` takes of one group."""
ATTEMPTS = 5
FIRST_WAIT_SECONDS = 0.05


def fetch(  # noqa: PLR0913 - what is asked, of whom, for whom
    runtime: Any,  # noqa: ANN401 - boto3's
    names: Mapping[str, str],
    use_case: Scored[Row],
    rows: Iterable[Row],
    *,
    pool: Executor,
    sleep: Callable[[float], None] = time.sleep,
) -> Records:
    """Return all records of the rows that exist; ``names`` gives AWS's name of each group.

    Raises:
        FeaturesUnavailableError: records stayed unprocessed, or the store answered with an error.
        botocore.exceptions.ClientError: the call itself was refused.
    """
    wanted: dict[str, dict[str, None]] = {group: {} for group in use_case.features}
    for row in rows:
        for group, identifier in use_case.keys(row):
            wanted[group][identifier] = None
    batches = [
        (group, list(identifiers)[first : first + BATCH])
        for group, identifiers in wanted.items()
        for first in range(0, len(identifiers), BATCH)
    ]
    short = {name: group for group, name in names.items()}

    def get(batch: tuple[str, list[str]]) -> list[tuple[tuple[str, str], dict[str, str]]]:
        return _get(runtime, names[batch[0]], batch, use_case.features[batch[0]], short, sleep)

    return {key: record for found in pool.map(get, batches) for key, record in found}


def _get(  # noqa: PLR0913, PLR0917 - one call's surroundings
    runtime: Any,  # noqa: ANN401 - boto3's
    name: str,
    batch: tuple[str, list[str]],
    features: Sequence[str],
    short: Mapping[str, str],
    sleep: Callable[[float], None],
) -> list[tuple[tuple[str, str], dict[str, str]]]:
    _, identifiers = batch
    found: list[tuple[tuple[str, str], dict[str, str]]] = []
    pending: list[dict[str, Any]] = [
        {
            "FeatureGroupName": name,
            "RecordIdentifiersValueAsString": identifiers,
            "FeatureNames": list(features),
        }
    ]
    for attempt in range(ATTEMPTS):
        answer = runtime.batch_get_record(Identifiers=pending)
        if errors := answer.get("Errors"):
            first = errors[0]
            raise FeaturesUnavailableError(
                f"{first['FeatureGroupName']} {first['RecordIdentifierValueAsString']}: "
                f"{first['ErrorCode']}: {first['ErrorMessage']}"
            )
        for record in answer["Records"]:
            named = record["FeatureGroupName"].rsplit("/", 1)[-1]
            values = {one["FeatureName"]: one["ValueAsString"] for one in record["Record"]}
            found.append(((short[named], record["RecordIdentifierValueAsString"]), values))
        pending = answer.get("UnprocessedIdentifiers") or []
        if not pending:
            return found
        sleep(FIRST_WAIT_SECONDS * 2**attempt)
    left = sum(len(one["RecordIdentifiersValueAsString"]) for one in pending)
    raise FeaturesUnavailableError(f"{name}: {left} records unprocessed after {ATTEMPTS} attempts")
