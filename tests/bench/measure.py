"""What every benchmark uses: medians, and the lines of the table they end up in."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One row of ``docs/benchmarks.md``."""

    what: str
    measured: str
    floor: str = ""
    """The peer or floor, measured in the same run."""
    ratio: float | None = None
    bound: str = ""
    """What the project promises."""
    held: bool | None = None
    """``None`` where nothing was promised."""


def seconds(act: Callable[[], object], *, rounds: int = 5) -> float:
    """Return the median of some rounds, in seconds."""
    return statistics.median(once(act) for _ in range(rounds))


def once(act: Callable[[], object]) -> float:
    """Return how long one call takes, in seconds."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def paired(
    ours: Callable[[], object], floor: Callable[[], object], *, rounds: int = 5
) -> tuple[float, float, float]:
    """Return the medians of both and of their ratios, taken turn by turn: noise hits both."""
    pairs = [(once(ours), once(floor)) for _ in range(rounds)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def shown(duration: float) -> str:
    """Return a duration for people: seconds, or milliseconds below one."""
    return f"{duration:.2f} s" if duration >= 1 else f"{duration * 1e3:.1f} ms"
