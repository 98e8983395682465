"""A SageMaker pipeline: its steps, what each waits for, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from infra.pictures.draw import Line, Node, drawing, reduced
from infra.plan.pipelines import read_steps

if TYPE_CHECKING:
    import pygraphviz

BRANCHES: Final = {"if branch of": "yes", "else branch of": "no"}


def of_pipeline(
    definition: Mapping[str, Any],
    *,
    title: str,
    looks: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
) -> pygraphviz.AGraph:
    """Return the steps of a definition; ``looks`` and ``notes`` say by step what became of it."""
    steps = read_steps(definition)
    nodes = [
        Node(
            key=name,
            title=name,
            lines=[one.type, *filter(None, [(notes or {}).get(name, "")])],
            look=(looks or {}).get(name, ""),
        )
        for name, one in steps.items()
    ]
    kinds: dict[tuple[str, str], str] = {}
    for name, one in steps.items():
        for edge in sorted(one.edges):
            if edge.step != name:
                kinds.setdefault((edge.step, name), "")
                kinds[edge.step, name] = BRANCHES.get(edge.kind, kinds[edge.step, name])
    lines = [Line(source=a, target=b, label=label) for (a, b), label in kinds.items()]
    graph = drawing(nodes, lines, title=title)
    reduced(graph)
    return graph
