"""Program to resource graph, beside a bare Pulumi program of as many raw resources."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.graph.evaluate import evaluate
from infra.graph.model import ResourceGraph
from infra.live_versions import NoVersions
from infra.program import Program, load
from tests.bench.measure import Line, paired, shown

ROOT = Path(__file__).parents[2]
STACK = "flights-prod"

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
        lambda: _evaluated(program), lambda: _bare(program, count), rounds=7
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


def _evaluated(program: Program) -> ResourceGraph:
    return evaluate(
        program.declare, project="mlops-loop", stack=STACK, config=program.pulumi_config
    )


def _bare(program: Program, count: int) -> None:
    """Register as many buckets, each with a dozen inputs, under the same monitor."""

    def declare() -> None:
        for index in range(count):
            aws.s3.Bucket(
                f"bucket-{index}",
                force_destroy=True,
                tags={f"tag-{number}": "value" for number in range(8)},
                opts=pulumi.ResourceOptions(protect=False),
            )

    evaluate(declare, project="mlops-loop", stack=STACK, config=program.pulumi_config)


def _whole() -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, "-c", WHOLE.format(stack=STACK)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found
