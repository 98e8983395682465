"""Pictures say what the graph says."""

from __future__ import annotations

import re
from functools import cache, partial
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pulumi_aws as aws
import pytest

from infra.pictures.draw import FORMATS, Line, Node, drawing, rendered, svg, write
from infra.pictures.edges import flows
from infra.pictures.parts import LANES, LOOSE, parts_of
from infra.pictures.stack import of_component, of_loop, of_stack
from infra.plan.compare import compare
from infra.plan.describe import describe
from infra.plan.evaluate import evaluate_stack
from infra.plan.snapshot import Snapshot
from tests.engine.changing import Storage, declare
from tests.plan.support import snapshot

ROOT = Path(__file__).parents[2]
LOOP = ROOT / "docs" / "pictures" / "loop.svg"


@cache
def dev() -> Snapshot:
    return describe(evaluate_stack("flights-dev"))


def titles(text: str) -> set[str]:
    return {unescape(one) for one in re.findall(r"<title>(.*?)</title>", text)}


def test_the_picture_of_the_loop_shows_what_the_stack_declares() -> None:
    told = titles(rendered(of_loop(dev()), "svg").decode())
    assert titles(LOOP.read_text(encoding="utf-8")) == told, (
        "draw it again: mlops graph -s flights-dev --loop -o docs/pictures/loop.svg"
    )


def test_the_loop_closes() -> None:
    urns = {(edge.source, edge.verb, edge.target) for edge in flows(dev().resources)}
    parts = {
        one.urn: part.name
        for part in parts_of(dev().resources.values()).values()
        for one in part.resources
    }
    acts = {(parts[a], verb, parts[b]) for a, verb, b in urns}
    assert {
        ("flights-features-pipeline", "writes", "flights-features"),
        ("flights-training-pipeline", "writes", "flights-registry"),
        ("flights-registry", "triggers", "flights-delivery"),
        ("flights-registry", "serves", "flights-serving"),
        ("flights-features", "reads", "flights-scoring"),
        ("flights-scoring", "asks", "flights-serving"),
        ("flights-serving", "writes", "store"),
        ("flights-drift", "starts", "flights-drift-pipeline"),
        ("flights-drift", "triggers", "flights-gate"),
        ("flights-gate", "starts", "flights-training-pipeline"),
    } <= acts


def test_every_component_that_acts_has_its_place() -> None:
    modules = {path.stem.replace("_", "") for path in (ROOT / "components").glob("[a-z]*.py")}
    assert {kind.lower() for kind in LANES} <= modules


def test_a_stack_is_drawn_by_its_components() -> None:
    names = {one.name for one in dev().resources.values() if one.parent is None}
    drawn = of_stack(dev())
    assert {node.attr["label"].split("\\n")[0] for node in drawn.nodes()} == names


def test_what_becomes_of_a_component_is_drawn_even_when_it_goes() -> None:
    head = snapshot(partial(declare, storage=partial(Storage, "lake"), timeout=20))
    text = svg(of_stack(head, changes=compare(snapshot(declare), head)))
    classes = re.findall(r'class="node ([a-z]+)"', text)
    assert sorted(classes) == ["create", "delete", "update"]
    assert "raw" in text


def test_one_component_is_drawn_resource_by_resource() -> None:
    drawn = of_component(snapshot(declare), "raw")
    assert len(drawn.nodes()) == 2
    assert len(drawn.edges()) == 1
    with pytest.raises(KeyError):
        of_component(snapshot(declare), "no such")


def test_what_lies_in_no_component_is_one_part() -> None:
    parts = parts_of(snapshot(declare).resources.values())
    assert set(parts) == {LOOSE, next(key for key in parts if key != LOOSE)}


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("<script>alert(1)</script>", '"><img src=x>'),
        ("<b>", "</b>"),
        ('<TABLE><TR><TD HREF="javascript:alert(1)">x</TD></TR></TABLE>', "\\l{}|"),
        ("<not closed", "x>"),
        (r"\N\G\n", "&lt;b&gt;"),
    ],
)
def test_names_cannot_become_markup(title: str, line: str) -> None:
    nodes = [Node(key="<a>", title=title, lines=[line]), Node(key="b", title=title)]
    text = svg(drawing(nodes, [Line(source="<a>", target="nowhere")], title="<b>"))
    root = ET.fromstring(text)  # noqa: S314 - drawn above
    assert {one.tag.rpartition("}")[2] for one in root.iter()} <= {
        "svg", "style", "g", "title", "path", "text", "a", "polygon",
    }  # fmt: skip
    told = [str(one.text).strip() for one in root.iter() if one.tag.endswith("text")]
    assert told == [title, line, title]
    assert "javascript:" not in {value for one in root.iter() for value in one.attrib.values()}


def test_a_long_name_leaves_room_for_the_others() -> None:
    text = svg(drawing([Node(key="a", title="n" * 5_000)], [], title="t"))
    assert "n" * 99 + "…" in text
    assert "n" * 100 not in text


def test_names_that_no_xml_holds_are_spelled_out() -> None:
    hostile = "a\0b\x1b\u202e\ud800\n\tc"
    text = svg(drawing([Node(key=hostile, title=hostile)], [], title=hostile))
    (told,) = [one.text for one in ET.fromstring(text).iter() if one.tag.endswith("text")]  # noqa: S314 - drawn above
    assert told == r"a\u0000b\u001b\u202e\ud800\n\tc"


def test_a_picture_comes_in_each_format_and_no_other(tmp_path: Path) -> None:
    def small() -> None:
        aws.sqs.Queue("letters")

    graph = of_stack(snapshot(small))
    for form in FORMATS:
        write(graph, tmp_path / f"p.{form}")
        assert (tmp_path / f"p.{form}").stat().st_size > 100
    with pytest.raises(ValueError, match="format must be one of"):
        write(graph, tmp_path / "p.bmp")
    assert not (tmp_path / "p.bmp").exists()
