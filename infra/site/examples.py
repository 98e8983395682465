"""The examples of ``docs/examples``: programs, evaluated with nobody asked and nothing made."""

from __future__ import annotations

import ast
import runpy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.graph.evaluate import evaluate
from infra.graph.model import ResourceGraph
from infra.plan.symbols import Symbolic

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = ROOT / "docs" / "examples"
KINDS: Final = ("minimal", "full")


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """What one program declares."""

    graph: ResourceGraph
    faults: dict[str, list[str]]
    """By URN, why pulumi-aws or AWS would refuse the inputs."""


def run(path: Path) -> Example:
    """Evaluate a program as the stack ``planes-dev`` of a project of its own.

    Raises:
        Exception: what the program raises.
    """
    symbols = Symbolic(region="us-east-1")
    graph = evaluate(
        lambda: runpy.run_path(str(path), run_name="__main__"),
        project="planes",
        stack="planes-dev",
        registrar=symbols,
        preview=True,
    )
    return Example(graph=graph, faults=symbols.faults)


def modules() -> list[str]:
    """Return the names of the components' modules that have examples."""
    return sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())


def overview() -> str:
    """Return the page that leads to the components, each with what its docstring says first."""
    rows = []
    for module in modules():
        tree = ast.parse((ROOT / "components" / f"{module}.py").read_text(encoding="utf-8"))
        name = class_of(module)
        classes = {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}
        told = (ast.get_docstring(classes[name]) or "").split("\n\n")[0].replace("\n", " ")
        rows.append(f"| [{name}]({module}.md) | {told} |")
    return "\n".join(
        [
            "# Components\n",
            "Each stands for one thing, with its roles, logs and alarms. Each page has a program",
            "that declares it with what it must be given, and one with what a team would set;",
            "tests run both.\n",
            "| component | stands for |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def class_of(module: str) -> str:
    """Return the component's class: ``feature_store`` holds ``FeatureStore``."""
    return "".join(word.capitalize() for word in module.split("_"))


def declared(example: Example, component: str) -> Counter[str]:
    """Return how many of each type the component declares: what lies below it in the tree."""
    resources = example.graph.resources
    own = {urn for urn, one in resources.items() if one.type == f"mlops:index:{component}"}
    return Counter(
        one.type for one in resources.values() if own & set(_above(example.graph, one.parent))
    )


def inventory(module: str) -> str:
    """Return what the two examples' components consist of, as a table."""
    counted = [declared(run(EXAMPLES / module / f"{kind}.py"), class_of(module)) for kind in KINDS]
    rows = [
        f"| `{token}` | {' | '.join(str(one[token] or '') for one in counted)} |"
        for token in sorted(set().union(*counted))
    ]
    return "\n".join([f"| type | {' | '.join(KINDS)} |", "|---|---|---|", *rows, ""])


def _above(graph: ResourceGraph, parent: str | None) -> Iterator[str]:
    while parent is not None:
        yield parent
        parent = graph.resources[parent].parent
