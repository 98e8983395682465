"""The demo, whole: what `make demo` takes after set-up, and what the loop is worth."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from pipelines.compile import CACHE
from tests.bench.measure import Line, once

ROOT = Path(__file__).parents[2]
SECONDS, GIB, GAIN = 180.0, 3.0, 0.04


def run() -> Iterator[Line]:
    """Run the demo once, as a person would for the first time: nothing is compiled yet."""
    shutil.rmtree(CACHE, ignore_errors=True)
    taken = once(lambda: subprocess.run(["make", "demo"], cwd=ROOT, check=True))
    story = json.loads((ROOT / "build" / "report.json").read_text(encoding="utf-8"))
    yield Line(
        what="demo: `make demo` after set-up",
        measured=f"{taken:.0f} s",
        bound=f"at most {SECONDS:.0f} s",
        held=taken <= SECONDS,
    )
    yield Line(
        what="demo: memory of all its processes at the peak",
        measured=f"{story['peak_gib']:.2f} GiB",
        bound=f"at most {GIB:.0f} GiB",
        held=story["peak_gib"] <= GIB,
    )
    months = story["months"]
    loop = sum(month["reached"] for month in months) / len(months)
    frozen = sum(month["frozen"] for month in months) / len(months)
    yield Line(
        what=f"demo: mean AUC of {len(months)} months with the loop",
        measured=f"{loop:.4f}",
        floor=f"frozen after February {frozen:.4f}",
        ratio=loop / frozen,
        bound=f"at least {GAIN} above",
        held=loop - frozen >= GAIN,
    )
