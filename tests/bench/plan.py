"""``mlops plan`` as a person runs it, beside the evaluation of both graphs alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from tests.bench.measure import Line
from tests.plan.clone import Clone, cloned, commit

STACK = "flights-sandbox"
SETTINGS = "sandbox.yaml"
ROUNDS = 5
MORE = 830
"""Topics beside a sandbox's own resources: some 1,000 in all."""
DECLARED = f"""
    import pulumi_aws as aws
    for number in range({MORE}):
        aws.sns.Topic(f"topic-{{number}}", display_name="before", tags=tags)
    bound_roles(config, tags)
"""


def run() -> Iterator[Line]:
    """Measure a stack as it is, and one of a thousand resources."""
    with tempfile.TemporaryDirectory() as folder:
        clone = cloned(Path(folder) / "project")
        clone.plan("-s", STACK)  # pipelines are compiled from here on
        clone.edit(
            "stacks/environments/sandbox.yaml", "log_retention_days: 30", "log_retention_days: 60"
        )
        pairs = [(_planned(clone), _evaluated(clone)) for _ in range(ROUNDS)]
        beyond = median(ours - floor for ours, floor in pairs)
        yield Line(
            what=f"plan: {STACK}, from two revisions to comment and JSON",
            measured=f"{median(ours for ours, _ in pairs):.1f} s",
            floor=f"evaluating both graphs side by side {median(one for _, one in pairs):.1f} s",
            ratio=median(ours / floor for ours, floor in pairs),
            bound="at most 2 s beyond it",
            held=beyond <= 2,
        )
        clone.edit("infra/platform.py", "    bound_roles(config, tags)\n", DECLARED[1:])
        commit(clone.path, "more")
        clone.edit("infra/platform.py", '"before"', '"before" if number % 2 else "after"')
        pairs = [(_planned(clone), _evaluated(clone)) for _ in range(3)]
        whole = median(ours for ours, _ in pairs)
        yield Line(
            what=f"plan: {STACK} and {MORE} topics, half of them changed",
            measured=f"{whole:.1f} s",
            floor=f"evaluating both graphs side by side {median(one for _, one in pairs):.1f} s",
            ratio=median(ours / floor for ours, floor in pairs),
            bound="at most 10 s in all",
            held=whole <= 10,
        )


def _planned(clone: Clone) -> float:
    """Return the seconds of a plan for which nothing of the base is kept."""
    shutil.rmtree(clone.path / ".mlops" / "plans", ignore_errors=True)
    began = time.perf_counter()
    done = clone.plan("-s", STACK, page=False)
    seconds = time.perf_counter() - began
    if done.returncode not in {0, 1}:
        raise RuntimeError(done.stderr)
    return seconds


def _evaluated(clone: Clone) -> float:
    """Return the seconds of two evaluations of the stack, each in a fresh process."""
    with tempfile.TemporaryDirectory() as out, ThreadPoolExecutor(2) as both:
        command = [sys.executable, "-m", "infra.plan.write", out, STACK]

        def one(_: int) -> None:
            subprocess.run(command, cwd=clone.path, check=True, capture_output=True)

        began = time.perf_counter()
        list(both.map(one, range(2)))
        return time.perf_counter() - began
