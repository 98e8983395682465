"""Compiling a use case's pipelines: cold, and from the cache."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.program import build_settings
from pipelines.compile import compile_use_case
from stacks.layers import load
from tests.bench.measure import Line, once, seconds, shown

ROOT = Path(__file__).parents[2]
STACK = "flights-sandbox"

CACHED = """
import json, time
from pathlib import Path
from infra.program import build_settings
from pipelines.compile import compile_use_case
from stacks.layers import load
settings = build_settings(load({stack!r}).config, "flights")
began = time.perf_counter()
compile_use_case("flights", settings, cache=Path({cache!r}))
print(json.dumps(time.perf_counter() - began))
"""


def run() -> Iterator[Line]:
    """Measure one cold build, and cached ones in fresh processes and in this one."""
    settings = build_settings(load(STACK).config, "flights")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        cold = once(lambda: compile_use_case("flights", settings, cache=cache))
        yield Line(what="compile: three pipelines, cold", measured=shown(cold))
        fresh = statistics.median(_fresh(folder) for _ in range(5))
        warm = seconds(lambda: compile_use_case("flights", settings, cache=cache), rounds=11)
        yield Line(
            what="compile: from the cache, in a fresh process",
            measured=shown(fresh),
            floor=f"in the same process {shown(warm)}",
            ratio=fresh / warm,
            bound="at most 50 ms",
            held=fresh <= 0.05,
        )


def _fresh(cache: str) -> float:
    answer = subprocess.run(
        [sys.executable, "-c", CACHED.format(stack=STACK, cache=cache)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return float(json.loads(answer.stdout))
