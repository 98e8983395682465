"""Drawings by Graphviz: https://graphviz.org, whose library comes with the wheel of pygraphviz."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pygraphviz

from infra.plan.render.safe import visible

FORMATS: Final = ("svg", "png", "pdf", "dot")
LONGEST: Final = 100
"""Characters of a line in a box."""
STYLE: Final = """
svg { font-family: Helvetica, Arial, sans-serif; }
text { fill: #1b1f24; } .node text:first-of-type { font-weight: bold; font-size: 12px; }
.edge path { stroke: #8a949e; } .edge polygon { fill: #8a949e; stroke: #8a949e; }
.edge text { fill: #5b6570; } .cluster polygon, .cluster path { fill: none; stroke: #c4cbd3; }
.cluster text { fill: #5b6570; } .node path, .node polygon { stroke: #5b6570; fill: #eef1f4; }
.data path { fill: #d9ecff; } .training path { fill: #e6defa; } .serving path { fill: #d8f3e3; }
.monitoring path { fill: #fdeccb; } .delivery path { fill: #fbdde4; }
.create path { fill: #c9f0d6; stroke: #17703c; stroke-width: 2; }
.update path { fill: #fdeab8; stroke: #a15c00; stroke-width: 2; }
.replace path { fill: #f6cdf1; stroke: #8a1c7c; stroke-width: 3; }
.delete path { fill: #fcc9c4; stroke: #b42318; stroke-width: 3; stroke-dasharray: 5 3; }
.same path { fill: none; stroke: #c4cbd3; } .same text { fill: #7b8794; }
@media (prefers-color-scheme: dark) {
text { fill: #e6e9ec; } .edge text, .cluster text { fill: #9aa5b1; }
.cluster polygon, .cluster path { stroke: #3d454e; } .node path { fill: #262c33; stroke: #7b8794; }
.data path { fill: #12395c; } .training path { fill: #3a2c66; } .serving path { fill: #124430; }
.monitoring path { fill: #573f0d; } .delivery path { fill: #5e2434; }
.create path { fill: #124430; stroke: #6fd79a; } .update path { fill: #573f0d; stroke: #f2b84b; }
.replace path { fill: #5a1f52; stroke: #f08ae3; } .delete path { fill: #5f1f19; stroke: #ff8f85; }
.same path { fill: none; stroke: #3d454e; } .same text { fill: #7b8794; }
}
"""
"""Colours of both schemes; borders tell operations apart, too, for who sees no colours."""


FILLS: Final = {
    "": "#eef1f4",
    "data": "#d9ecff",
    "training": "#e6defa",
    "serving": "#d8f3e3",
    "monitoring": "#fdeccb",
    "delivery": "#fbdde4",
    "create": "#c9f0d6",
    "update": "#fdeab8",
    "replace": "#f6cdf1",
    "delete": "#fcc9c4",
}
"""Where there is no style: in pictures of dots."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One box."""

    key: str
    title: str
    lines: Sequence[str] = ()
    look: str = ""
    """Class of the style: a lane, or what becomes of it."""
    group: str | None = None
    """Frame around it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One arrow."""

    source: str
    target: str
    label: str = ""


def drawing(
    nodes: Iterable[Node], lines: Iterable[Line], *, title: str, direction: str = "LR"
) -> pygraphviz.AGraph:
    """Return the graph, laid out by :func:`rendered`."""
    title = _name(title)
    graph = pygraphviz.AGraph(directed=True, strict=True, name=title)
    graph.graph_attr.update(rankdir=direction, bgcolor="transparent", nodesep="0.25", ranksep="0.6")
    graph.graph_attr["tooltip"] = title
    graph.node_attr.update(
        shape="box", style="rounded,filled", fontname="Helvetica", fontsize="11", margin="0.15,0.08"
    )
    graph.edge_attr.update(fontname="Helvetica", fontsize="10", color="#8a949e", arrowsize="0.7")
    frames: dict[str, list[str]] = {}
    for node in nodes:
        key, fill = _name(node.key), FILLS.get(node.look, FILLS[""])
        label = "\\n".join(map(_text, (node.title, *node.lines)))
        graph.add_node(key, label=label, tooltip=label, fillcolor=fill, **_class(node.look))
        if node.group is not None:
            frames.setdefault(node.group, []).append(key)
    for name, keys in frames.items():
        graph.add_subgraph(
            keys, name=f"cluster_{name}", label=name, style="rounded", fontname="Helvetica"
        )
    for line in lines:
        source, target = _name(line.source), _name(line.target)
        if graph.has_node(source) and graph.has_node(target):
            graph.add_edge(source, target, label=line.label)
    return graph


def reduced(graph: pygraphviz.AGraph) -> None:
    """Leave out each line that goes without saying: what it joins is joined through others.

    Graphviz warns of a circle, in which more than one choice of lines would do.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        graph.tred()


def rendered(graph: pygraphviz.AGraph, form: str) -> bytes:
    """Return the picture; the same bytes for the same graph.

    Raises:
        ValueError: ``form`` is none of :data:`FORMATS`.
    """
    if form not in FORMATS:
        raise ValueError(f"format must be one of {list(FORMATS)}, got {form!r}")
    drawn: bytes = graph.draw(format=form, prog="dot")
    return _styled(drawn) if form == "svg" else drawn


def write(graph: pygraphviz.AGraph, path: Path) -> None:
    """Write the picture in the format that the path ends in.

    Raises:
        ValueError: the path ends in none of :data:`FORMATS`.
    """
    content = rendered(graph, path.suffix.removeprefix("."))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def svg(graph: pygraphviz.AGraph) -> str:
    """Return the picture as an SVG element, to stand within a page."""
    text = rendered(graph, "svg").decode()
    return text[text.index("<svg") :]


def _styled(drawn: bytes) -> bytes:
    """Put the style in, and take out what says when and by which release it was drawn."""
    text = re.sub(r"<!--.*?-->\s*", "", drawn.decode(), flags=re.DOTALL)
    text = re.sub(r' fill="(?!none)[^"]*"| stroke="(?!none)[^"]*"', "", text)
    head, _, rest = text.partition(">\n") if text.startswith("<svg") else _after_svg(text)
    return f'{head} role="img">\n<style>{STYLE}</style>\n{rest}'.encode()


def _after_svg(text: str) -> tuple[str, str, str]:
    at = text.index(">", text.index("<svg"))
    return text[:at], ">", text[at + 1 :].lstrip("\n")


def _name(said: str) -> str:
    """Return a name without what XML cannot hold or nobody sees; never HTML to Graphviz.

    It takes for HTML what begins with ``<`` and ends with ``>``.
    """
    shown = visible(said).replace("\n", "\\n").replace("\t", "\\t")
    return f" {shown}" if shown.startswith("<") else shown


def _text(said: str) -> str:
    """Return a name as a label or tooltip, in which Graphviz reads escapes and references."""
    shown = _name(said)
    shown = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
    return shown.replace("\\", "\\\\").replace("&", "&amp;")


def _class(look: str) -> Mapping[str, str]:
    return {"class": look} if look else {}
