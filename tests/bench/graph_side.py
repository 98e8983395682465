"""One evaluation of a stack of many use cases, or of as many raw resources, in a fresh process.

python -m tests.bench.graph_side (whole|bare) COUNT   CPU seconds, bytes, resources as JSON
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import psutil
import pulumi
import pulumi_aws as aws

from infra.graph.evaluate import evaluate
from infra.graph.model import ResourceGraph
from infra.live_versions import NoVersions
from infra.platform import deploy
from infra.program import load

STACK = "flights-prod"


def whole(use_cases: int) -> Callable[[], object]:
    """Return what declares the stack with so many use cases in place of its one."""
    program = load(STACK, live_versions=NoVersions())
    names = [f"flights-{number}" for number in range(use_cases)]
    (settings,) = program.config.use_cases.values()
    (parts,) = program.compiled.values()
    config = program.config.model_copy(update={"use_cases": dict.fromkeys(names, settings)})
    compiled, live = dict.fromkeys(names, parts), dict.fromkeys(names)
    return lambda: deploy(config, compiled, live, made_from=program.made_from)


def bare(resources: int) -> Callable[[], object]:
    """Return what declares so many buckets, each with a dozen inputs."""

    def declare() -> None:
        for index in range(resources):
            aws.s3.Bucket(
                f"bucket-{index}",
                force_destroy=True,
                tags={f"tag-{number}": "value" for number in range(8)},
                opts=pulumi.ResourceOptions(protect=False),
            )

    return declare


def evaluated(declare: Callable[[], object]) -> ResourceGraph:
    """Evaluate as a plan does: nothing asked, nothing made."""
    return evaluate(declare, project="mlops-loop", stack=STACK, config={"aws:region": "us-east-1"})


def main(what: str, count: int) -> None:
    """Evaluate once to have everything imported, then measure."""
    kinds = {"whole": whole, "bare": bare}
    evaluated(kinds[what](1))
    declare = kinds[what](count)
    before = psutil.Process().memory_info().rss
    began = time.process_time()
    graph = evaluated(declare)
    seconds = time.process_time() - began
    taken = psutil.Process().memory_info().rss - before
    told = {"seconds": seconds, "bytes": taken, "resources": len(graph.resources)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
