"""The loop of the team vision, whole: how long it takes, and what it is worth after the shift."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Line, once

ROOT = Path(__file__).parents[2]
SECONDS, GIB, GAIN = 180.0, 3.0, 0.1
SHIFTED = ("2025-05", "2025-06")
"""Months after the one in which the camera was replaced."""


def run() -> Iterator[Line]:
    """Play it once; its pipelines were compiled before, or are within the time."""
    command = [str(ROOT / ".venv" / "bin" / "mlops"), "demo", "digits"]
    taken = once(lambda: subprocess.run(command, cwd=ROOT, check=True))
    story = json.loads((ROOT / "build" / "report-digits.json").read_text(encoding="utf-8"))
    yield Line(
        what="vision: `mlops demo digits`, January to June",
        measured=f"{taken:.0f} s",
        bound=f"at most {SECONDS:.0f} s",
        held=taken <= SECONDS,
    )
    yield Line(
        what="vision: memory of all its processes at the peak",
        measured=f"{story['peak_gib']:.2f} GiB",
        bound=f"at most {GIB:.0f} GiB",
        held=story["peak_gib"] <= GIB,
    )
    months = [month for month in story["months"] if month["month"] in SHIFTED]
    loop = sum(month["reached"] for month in months) / len(months)
    frozen = sum(month["frozen"] for month in months) / len(months)
    yield Line(
        what="vision: mean accuracy after the camera was replaced, with the loop",
        measured=f"{loop:.4f}",
        floor=f"frozen after February {frozen:.4f}",
        ratio=loop / frozen,
        bound=f"at least {GAIN} above",
        held=loop - frozen >= GAIN,
    )
