"""A stack by its components: what each holds, what it needs, and what a change does to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from infra.pictures.draw import Line, Node, drawing, reduced
from infra.pictures.edges import flows, needs
from infra.pictures.parts import Part, parts_of, roots_of
from infra.plan.snapshot import Planned, Snapshot
from infra.plan.successors import successors

if TYPE_CHECKING:
    import pygraphviz

    from infra.plan.compare import Change

BUCKET: Final = "aws:s3/bucket:Bucket"
WORST: Final = ("delete", "replace", "create", "update", "move")
"""What colours a component of whose resources several things become."""
LOOP: Final = frozenset({"data", "training", "serving", "monitoring", "delivery"})
SHOWN_TYPES: Final = 4


def of_stack(snapshot: Snapshot, *, changes: Sequence[Change] | None = None) -> pygraphviz.AGraph:
    """Return the stack's components and what each needs; coloured by what becomes of them.

    What is deleted stands in no snapshot of the head, yet in ``changes``, and is drawn as well.
    """
    resources = [*snapshot.resources.values(), *_gone(snapshot, changes or ())]
    parts, roots = parts_of(resources), roots_of(resources)
    told = None if changes is None else _told(changes, roots)
    nodes = [_node(part, told) for part in parts.values()]
    pairs = {(roots[a], roots[b]) for a, b in needs(resources) if a in roots}
    lines = [Line(source=a, target=b) for a, b in sorted(pairs) if a != b]
    graph = drawing(nodes, lines, title=snapshot.stack)
    reduced(graph)
    return graph


def of_component(snapshot: Snapshot, name: str) -> pygraphviz.AGraph:
    """Return one component's resources and what each needs of the others.

    Raises:
        KeyError: the stack has no component of that name.
    """
    parts = {part.name: part for part in parts_of(snapshot.resources.values()).values()}
    held = {one.urn: one for one in parts[name].resources if one.custom}
    nodes = [
        Node(key=urn, title=one.name, lines=[one.type], look=parts[name].lane)
        for urn, one in held.items()
    ]
    pairs = [(a, b) for a, b in sorted(needs(held.values())) if a in held and a != b]
    graph = drawing(nodes, [Line(source=a, target=b) for a, b in pairs], title=name)
    reduced(graph)
    return graph


def of_loop(snapshot: Snapshot) -> pygraphviz.AGraph:
    """Return the loop: who reads, writes, starts and tells whom, as roles and rules allow it."""
    roots = roots_of(snapshot.resources.values())
    parts = parts_of(snapshot.resources.values())

    def place(urn: str) -> str:
        return urn if snapshot.resources[urn].type == BUCKET else roots[urn]

    verbs: dict[tuple[str, str], set[str]] = {}
    for edge in flows(snapshot.resources):
        source, target = place(edge.source), place(edge.target)
        if source != target and _in_loop(parts, roots, edge.source, edge.target):
            verbs.setdefault((source, target), set()).add(edge.verb)
    workshop = _workshops(verbs, parts)
    verbs = {pair: told for pair, told in verbs.items() if not workshop & set(pair)}
    drawn = {key for pair in verbs for key in pair}
    nodes = [_box(key, snapshot, parts) for key in sorted(drawn)]
    lines = [
        Line(source=source, target=target, label=", ".join(sorted(told)))
        for (source, target), told in sorted(verbs.items())
    ]
    return drawing(nodes, lines, title=f"The loop of {snapshot.stack}")


def _workshops(verbs: Mapping[tuple[str, str], set[str]], parts: Mapping[str, Part]) -> set[str]:
    """Return the buckets that every pipeline reads and writes: its code lies there, and its pieces.

    They would tie everything to everything and say nothing of the loop.
    """
    pipelines = {key for key, part in parts.items() if part.kind == "MlPipeline"}
    buckets = {key for pair in verbs for key in pair if key not in parts}
    return {
        bucket
        for bucket in buckets
        if pipelines and all({(one, bucket), (bucket, one)} <= verbs.keys() for one in pipelines)
    }


def _in_loop(parts: Mapping[str, Part], roots: Mapping[str, str], *urns: str) -> bool:
    return all(parts[roots[urn]].lane in LOOP for urn in urns)


def _box(key: str, snapshot: Snapshot, parts: Mapping[str, Part]) -> Node:
    if key in parts:
        part = parts[key]
        return Node(key=key, title=part.name, lines=[part.kind], look=part.lane)
    return Node(key=key, title=snapshot.resources[key].name, lines=["Bucket"], look="data")


def _node(part: Part, told: Mapping[str, Counter[str]] | None) -> Node:
    common = [f"{count} {kind}" for kind, count in part.types.most_common(SHOWN_TYPES)]
    more = len(part.types) - len(common)
    kind = [part.kind] if part.kind else []
    lines = [*kind, *common, *([f"{more} more types"] if more > 0 else [])]
    if told is None:
        return Node(key=part.key, title=part.name, lines=lines, look=part.lane, group=part.lane)
    counts = told.get(part.key, Counter())
    look = next((what for what in WORST if counts[what]), "same")
    said = [f"{counts[what]} to {what}" for what in WORST if counts[what]]
    return Node(key=part.key, title=part.name, lines=[*kind, *said], look=look, group=part.lane)


def _told(changes: Sequence[Change], roots: Mapping[str, str]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    pairs = successors(changes)
    for change in changes:
        if change.urn not in pairs:  # told by what takes its place
            new_content = change.urn in pairs.values()
            what = "update" if new_content else change.operation
            found.setdefault(roots[change.urn], Counter())[what] += 1
    return found


def _gone(snapshot: Snapshot, changes: Iterable[Change]) -> list[Planned]:
    gone = [one for one in changes if one.urn not in snapshot.resources]
    return [
        Planned(
            urn=one.urn,
            type=one.type,
            name=one.name,
            parent=one.parent,
            custom=one.custom,
            inputs={},
        )
        for one in reversed(gone)
    ]
