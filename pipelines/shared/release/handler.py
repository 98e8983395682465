"""Lambda handler that measures, by the clock, whether what was approved is live.

By the clock and not on the registry's events: a delivery that failed without a word raises none.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import boto3

from pipelines.shared.release.versions import compare

METRIC = "ApprovedNotLive"


def handle(event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
    """Publish how many variants serve another version than they are to; return which.

    Raises:
        ValueError: the event has no time.
        LookupError: the stack file pins a version that the registry does not have.
        botocore.exceptions.ClientError: AWS does not let registry or endpoint be read.
    """
    del context
    if not event.get("time"):
        raise ValueError(f"event must have time, got {sorted(event)}")
    at = datetime.fromisoformat(str(event["time"]).replace("Z", "+00:00"))
    choices = json.loads(os.environ["CHOICES"])
    behind = [
        pair.difference
        for pair in compare(_sagemaker(), os.environ["ENDPOINT_NAME"], choices)
        if pair.differs
    ]
    line = _embedded(at, len(behind), behind)
    print(json.dumps(line), flush=True)  # noqa: T201 - Lambda's way to its log
    return line


def _embedded(at: datetime, count: int, behind: list[str]) -> dict[str, Any]:
    """Return a line in CloudWatch's embedded metric format: a metric without a call."""
    dimensions = json.loads(os.environ["DIMENSIONS"])
    return {
        "_aws": {
            "Timestamp": int(at.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": os.environ["METRIC_NAMESPACE"],
                    "Dimensions": [sorted(dimensions)],
                    "Metrics": [{"Name": METRIC, "Unit": "Count"}],
                }
            ],
        },
        **dimensions,
        METRIC: count,
        "behind": behind,
    }


@functools.cache
def _sagemaker() -> Any:  # noqa: ANN401 - its type comes with a package Lambda lacks
    session: Any = boto3
    return session.client("sagemaker")
