"""What a step's definition says about repeating it: retry policies and caching."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

CACHED_TYPES = frozenset({"Processing", "Training", "Tuning", "Transform"})
_DURATION = re.compile(
    r"P?(?:(\d+)[yY])?(?:(\d+)[mM])?(?:(\d+)[wW])?(?:(\d+)[dD])?"
    r"(?:[tT](?:(\d+)[hH])?(?:(\d+)[mM])?(?:(\d+)[sS])?)?"
)
LONGEST_WAIT_SECONDS = 0.2
"""Of real time between attempts, whatever the policy's interval: AWS waits minutes."""


def retry_after(step: Mapping[str, Any], reason: str, attempt: int) -> float | None:
    """Return how long to wait before the next attempt, ``None`` if there is none.

    ``attempt`` counts from 1, the first run.
    """
    kind = exception_type(reason)
    for policy in step.get("RetryPolicies") or []:
        if kind in policy["ExceptionType"] and attempt <= policy.get("MaxAttempts", 5):
            interval = policy.get("IntervalSeconds", 1) * policy.get("BackoffRate", 2.0) ** (
                attempt - 1
            )
            return min(float(interval), LONGEST_WAIT_SECONDS)
    return None


def exception_type(reason: str) -> str:
    """Return the retry policies' name for a failure."""
    for text, name in (
        ("InternalServerError", "SageMaker.JOB_INTERNAL_ERROR"),
        ("CapacityError", "SageMaker.CAPACITY_ERROR"),
        ("ResourceLimitExceeded", "SageMaker.RESOURCE_LIMIT"),
        ("Throttling", "Step.THROTTLING"),
        ("ServiceUnavailable", "Step.SERVICE_FAULT"),
        ("InternalFailure", "Step.SERVICE_FAULT"),
    ):
        if reason.startswith(text):
            return name
    return ""


def cache_key(step: Mapping[str, Any], arguments: Mapping[str, Any]) -> str | None:
    """Return what identifies the step's work, ``None`` where caching is off."""
    if step["Type"] not in CACHED_TYPES or not (step.get("CacheConfig") or {}).get("Enabled"):
        return None
    plain = {key: value for key, value in arguments.items() if key != "Tags"}
    text = json.dumps([step["Name"], step["Type"], plain], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def expires(step: Mapping[str, Any], since: datetime) -> datetime | None:
    """Return when a result of the step is too old to be used again, ``None`` for never."""
    after = (step.get("CacheConfig") or {}).get("ExpireAfter")
    return since + duration(after) if after else None


def duration(text: str) -> timedelta:
    """Read an ISO 8601 duration; a year counts 365 days, a month 30.

    Raises:
        ValueError: it is none.
    """
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError(f"ExpireAfter must be an ISO 8601 duration, got {text}")
    years, months, weeks, days, hours, minutes, seconds = (
        int(part or 0) for part in found.groups()
    )
    return timedelta(
        days=365 * years + 30 * months + 7 * weeks + days,
        hours=hours,
        minutes=minutes,
        seconds=seconds,
    )
