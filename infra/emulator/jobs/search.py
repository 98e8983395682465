"""Which hyperparameters a tuning job tries.

``Random`` and ``Bayesian`` draw the same seeded random candidates here: what a Bayesian search
would learn from earlier trials is not emulated. The seed is ``RandomSeed``, else it follows
from its ranges, so that the same search draws the same candidates again. ``Grid`` tries every
combination of categories. ``Hyperband`` is refused.
"""

from __future__ import annotations

import itertools
import json
import math
import random
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from moto.sagemaker.exceptions import ValidationError

STRATEGIES = frozenset({"Random", "Bayesian", "Grid"})
_KINDS = ("CategoricalParameterRanges", "IntegerParameterRanges", "ContinuousParameterRanges")

_WIDE = 100.0
"""Ratio of the ends of a range from which ``Auto`` means logarithmic."""


def check(config: Mapping[str, Any]) -> None:
    """Check strategy and ranges.

    Raises:
        ValidationError: a range is empty or its scaling impossible, or the strategy not emulated.
    """
    strategy, ranges = config["Strategy"], config.get("ParameterRanges") or {}
    if strategy not in STRATEGIES:
        raise ValidationError(f"Strategy {strategy} is not emulated, only {sorted(STRATEGIES)}")
    if ranges.get("AutoParameters"):
        raise ValidationError("ParameterRanges.AutoParameters are not emulated")
    if not any(ranges.get(kind) for kind in _KINDS):
        raise ValidationError("ParameterRanges must have at least one range")
    for kind in _KINDS[1:]:
        for item in ranges.get(kind) or []:
            _check_range(item)
            if strategy == "Grid":
                raise ValidationError(f"Grid takes categorical ranges only, got {item['Name']}")


def _check_range(item: Mapping[str, str]) -> None:
    low, high = float(item["MinValue"]), float(item["MaxValue"])
    if low > high:
        raise ValidationError(f"range {item['Name']}: MinValue {low} is above MaxValue {high}")
    scaling = item.get("ScalingType", "Auto")
    if scaling == "Logarithmic" and low <= 0:
        raise ValidationError(f"range {item['Name']}: Logarithmic needs MinValue > 0, got {low}")
    if scaling == "ReverseLogarithmic" and not 0 <= low <= high < 1:
        raise ValidationError(f"range {item['Name']}: ReverseLogarithmic needs 0 <= values < 1")


def candidates(config: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield hyperparameters to try: without end, but for ``Grid``."""
    ranges = config.get("ParameterRanges") or {}
    categories = {item["Name"]: item["Values"] for item in ranges.get(_KINDS[0]) or []}
    if config["Strategy"] == "Grid":
        for values in itertools.product(*categories.values()):
            yield dict(zip(categories, values, strict=True))
        return
    generator = random.Random(seed(config))  # noqa: S311 - a search, not a secret
    while True:
        drawn = {name: generator.choice(values) for name, values in categories.items()}
        for item in ranges.get(_KINDS[1]) or []:
            low, high = int(item["MinValue"]), int(item["MaxValue"])
            value = round(_draw(generator, item, low - 0.5, high + 0.5))
            drawn[item["Name"]] = str(min(max(value, low), high))
        for item in ranges.get(_KINDS[2]) or []:
            low_end, high_end = float(item["MinValue"]), float(item["MaxValue"])
            drawn[item["Name"]] = repr(_draw(generator, item, low_end, high_end))
        yield drawn


def seed(config: Mapping[str, Any]) -> int:
    """Return the seed of the job's random numbers."""
    given = config.get("RandomSeed")
    if given is not None:
        return int(given)
    return zlib.crc32(json.dumps(config.get("ParameterRanges"), sort_keys=True).encode())


def _draw(generator: random.Random, item: Mapping[str, str], low: float, high: float) -> float:
    """Draw evenly on the range's scale; ``Auto`` is logarithmic over two decades or more."""
    scaling = item.get("ScalingType", "Auto")
    smallest = float(item["MinValue"])
    if scaling == "Auto":
        wide = smallest > 0 and float(item["MaxValue"]) / smallest >= _WIDE
        scaling = "Logarithmic" if wide else "Linear"
    if scaling == "Logarithmic":
        low = low if low > 0 else smallest
        return math.exp(generator.uniform(math.log(low), math.log(high)))
    if scaling == "ReverseLogarithmic":
        return 1 - math.exp(generator.uniform(math.log(1 - high), math.log(1 - low)))
    return generator.uniform(low, high)
