"""What of a stream's mapping is not carried out here, and so is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from moto.awslambda.exceptions import InvalidParameterValueException

_NOT_EMULATED: Final = {
    "FilterCriteria": None,
    "TumblingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "ProvisionedPollerConfig": None,
}
"""Members that change what a function is given, and the value that leaves it as it is."""
_LIMITS: Final = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "MaximumRetryAttempts": (-1, 10_000),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
}


def check(spec: Mapping[str, Any], source_arn: str) -> None:
    """Check what is asked of a Kinesis mapping; others are moto's.

    Raises:
        InvalidParameterValueException: a value is out of AWS's range, or asks for what is not
            emulated.
    """
    if ":kinesis:" not in source_arn:
        return
    if "/consumer/" in source_arn:
        raise InvalidParameterValueException("enhanced fan-out is not emulated")
    for member, neutral in _NOT_EMULATED.items():
        if spec.get(member) and spec[member] != neutral:
            raise InvalidParameterValueException(f"{member} is not emulated")
    for member, (low, high) in _LIMITS.items():
        value = spec.get(member)
        if value is not None and not low <= value <= high:
            raise InvalidParameterValueException(f"{member} must be {low}-{high}, got {value}")
