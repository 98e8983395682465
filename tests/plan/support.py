"""Snapshots of programs written out in tests."""

from __future__ import annotations

from collections.abc import Callable

from infra.graph.evaluate import evaluate
from infra.plan.compare import Change, compare
from infra.plan.describe import resources_of
from infra.plan.evaluate import completed
from infra.plan.snapshot import Snapshot
from infra.plan.symbols import Symbolic

Program = Callable[[], object]


def snapshot(program: Program, *, project: str = "test", stack: str = "test") -> Snapshot:
    symbols = Symbolic(region="us-east-1")
    graph = evaluate(program, project=project, stack=stack, registrar=symbols, preview=True)
    return Snapshot(stack=stack, resources=resources_of(completed(graph, symbols), symbols))


def changes(before: Program, after: Program) -> dict[str, Change]:
    """Return by logical name what becomes of a program's resources."""
    return {one.name: one for one in compare(snapshot(before), snapshot(after))}
