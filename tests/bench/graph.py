"""Program to resource graph, beside a bare Pulumi program of as many raw resources."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.graph.evaluate import evaluate
from infra.graph.model import ResourceGraph
from infra.live_versions import NoVersions
from infra.program import Program, load
from tests.bench.graph_side import STACK, bare, evaluated
from tests.bench.measure import Line, paired, shown

ROOT = Path(__file__).parents[2]
USE_CASES = {1: 5, 10: 3, 100: 1}
"""How many, and how often that is measured."""
FLOOR = 1.3
"""What a resource may take, in time and memory, as a multiple of a raw one."""

WHOLE = """
import json, sys, time
began = time.perf_counter()
from infra.graph.evaluate import evaluate
from infra.live_versions import NoVersions
from infra.program import load
program = load({stack!r}, live_versions=NoVersions())
config = program.pulumi_config
graph = evaluate(program.declare, project="mlops-loop", stack={stack!r}, config=config)
print(json.dumps({{
    "seconds": time.perf_counter() - began,
    "resources": len(graph.resources),
    "sdk": any(name == "sagemaker" or name.startswith("sagemaker.") for name in sys.modules),
}}))
"""


def run() -> Iterator[Line]:
    """Measure evaluation in this process, and the whole in fresh ones."""
    program = load(STACK, live_versions=NoVersions())
    count = len(_evaluated(program).resources)
    ours, floor, ratio = paired(
        lambda: _evaluated(program), lambda: evaluated(bare(count)), rounds=7
    )
    yield Line(
        what=f"graph: {STACK}, {count} resources",
        measured=shown(ours),
        floor=f"as many raw resources {shown(floor)}",
        ratio=ratio,
        bound="at most 1.3",
        held=ratio <= 1.3,
    )
    runs = [_whole() for _ in range(5)]
    whole = sorted(float(one["seconds"]) for one in runs)[len(runs) // 2]
    imported = any(bool(one["sdk"]) for one in runs)
    yield Line(
        what="graph: a fresh process, imports, stack files and compiled pipelines included",
        measured=shown(whole) + (", SageMaker SDK imported" if imported else ", no SageMaker SDK"),
        bound="at most 2 s, no SDK",
        held=whole <= 2.0 and not imported,
    )
    yield from _growth()


def _growth() -> Iterator[Line]:
    """Measure what a resource takes as use cases are added, each side in a process of its own."""
    for use_cases, rounds in USE_CASES.items():
        pairs = [_pair(use_cases) for _ in range(rounds)]
        count = int(pairs[0][0]["resources"])
        for what, unit, scale in (("seconds", "ms", 1e3), ("bytes", "KiB", 2**-10)):
            ours, floor, ratio = (
                statistics.median(values)
                for values in zip(
                    *((a[what], b[what], a[what] / max(b[what], 1e-9)) for a, b in pairs),
                    strict=True,
                )
            )
            # Few resources fit into memory that imports had taken and given back.
            judged = what == "seconds" or use_cases > 1
            yield Line(
                what=f"graph: {use_cases} use cases, {count:,} resources: "
                f"{'CPU time' if what == 'seconds' else 'memory'} of each",
                measured=f"{ours * scale / count:.2f} {unit}",
                floor=f"raw resource {floor * scale / count:.2f} {unit}",
                ratio=ratio,
                bound=f"at most {FLOOR}" if judged else "",
                held=ratio <= FLOOR if judged else None,
            )


def _pair(use_cases: int) -> tuple[dict[str, float], dict[str, float]]:
    ours = _side("whole", use_cases)
    return ours, _side("bare", int(ours["resources"]))


def _side(what: str, count: int) -> dict[str, float]:
    """Return what one evaluation in a fresh process took."""
    return _told([sys.executable, "-m", "tests.bench.graph_side", what, str(count)])


def _evaluated(program: Program) -> ResourceGraph:
    return evaluate(
        program.declare, project="mlops-loop", stack=STACK, config=program.pulumi_config
    )


def _whole() -> dict[str, Any]:
    return _told([sys.executable, "-c", WHOLE.format(stack=STACK)])


def _told(command: list[str]) -> dict[str, Any]:
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found
