"""What holds for the site as a whole, wherever it can be told without building it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.policy.rules import RULES
from infra.site import hosts, nav, rules, settings

ROOT = Path(__file__).parents[2]
GENERATED = {
    "components/index.md",
    *(f"reference/{name}.md" for name in ("commands", "rules", "settings")),
}
SCHEMA = json.loads((ROOT / "stacks" / "schema.json").read_text(encoding="utf-8"))


class Tolerant(yaml.SafeLoader):
    """Reads MkDocs' own tags as nothing."""


Tolerant.add_multi_constructor("!", lambda *_: None)


def navigation() -> Any:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    return yaml.load(text, Tolerant)["nav"]  # noqa: S506 - a safe loader that skips tags


def pages() -> set[str]:
    docs = ROOT / "docs"
    return {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}


def test_a_warning_ends_the_build() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    builds = [line for line in makefile.splitlines() if "mkdocs build" in line]
    assert builds
    assert all("--strict" in line for line in builds)
    assert not [line for line in builds if "quiet" in line], "quiet, MkDocs counts no warnings"


def test_a_page_in_no_navigation_is_told() -> None:
    assert nav.missing([{"Start": ["index.md", "adr/*"]}], ["index.md", "lost.md", "adr/a.md"]) == [
        "lost.md"
    ]


def test_a_star_leaves_out_what_is_named_elsewhere() -> None:
    tree = [{"Start": ["adr/first.md"]}, {"All": ["adr/*"]}]
    assert nav.expanded(tree, ["adr/first.md", "adr/b.md", "adr/a.md"]) == [
        {"Start": ["adr/first.md"]},
        {"All": ["adr/a.md", "adr/b.md"]},
    ]


def test_every_page_is_in_the_navigation() -> None:
    assert not nav.missing(navigation(), pages()), "name it under nav in mkdocs.yml"


def test_the_navigation_names_nothing_else() -> None:
    assert set(nav.named(nav.expanded(navigation(), pages()))) == pages() | GENERATED


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/b.css">',
        '<img alt="" srcset="a.png 1x, https://c.example/a.png 2x">',
        "<style>@import 'https://d.example/e.css';</style>",
        '<p style="background: url(https://f.example/g.png)">',
        '<svg><use xlink:href="https://h.example/i.svg#j"/></svg>',
        '<script rel="next" src="https://k.example/l.js"></script>',
    ],
)
def test_what_comes_from_another_host_is_found(page: str) -> None:
    assert len(hosts.foreign(page)) == 1


def test_links_that_are_followed_on_request_alone_may_lead_anywhere() -> None:
    assert not hosts.foreign(
        '<a href="https://a.example"></a><link rel="canonical" href="https://b.example/">'
        '<script src="../c.js"></script><svg xmlns="http://www.w3.org/2000/svg"></svg>'
    )


def test_a_style_sheet_that_fetches_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{background:url(//b.example/c.png)} b{background:url(d.svg)}")
    assert list(hosts.offenders(tmp_path)) == ["a.css: //b.example/c.png"]


def test_every_role_of_the_model_has_its_section() -> None:
    roles = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (R\d) ", roles, re.MULTILINE) == [f"R{n}" for n in range(1, 8)]


def test_rules_are_told_in_the_order_of_their_numbers() -> None:
    told = re.findall(r"^\| `(SageMaker\.\d+)`", rules.page(RULES), re.MULTILINE)
    assert told == [f"SageMaker.{n}" for n in range(1, 26)]


def test_every_setting_stands_in_the_reference_with_its_meaning() -> None:
    page = settings.page(SCHEMA)
    for name, model in SCHEMA["$defs"].items():
        section = page.split(f"{{ #{name.lower()} }}\n")[1].split("\n## ")[0]
        for key, one in model["properties"].items():
            (row,) = (line for line in section.splitlines() if line.startswith(f"| `{key}` |"))
            assert " ".join(one.get("description", "").split()) in row


def test_a_bar_in_a_pattern_is_shown_as_it_is_and_one_in_a_sentence_ends_no_cell() -> None:
    key = {"type": "string", "description": "this | that", "pattern": "^(a|b)$"}
    page = settings.page({"$defs": {settings.TOP: {"properties": {"key": key}}}})
    assert "| `key` | this \\| that | text |  | matches `^(a|b)$` |" in page


@pytest.mark.parametrize(
    ("schema", "kind", "bounds"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "integer", ["at least 1", "at most 9"]),
        ({"$ref": "#/$defs/Vpc"}, "[Vpc](#vpc)", []),
        (
            {"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]},
            "text or null",
            ["1 or more characters"],
        ),
        ({"enum": ["a", "b"]}, "`a`, `b`", []),
        (
            {"type": "array", "items": {"type": "number", "minimum": 0}},
            "list of number",
            ["each at least 0"],
        ),
    ],
)
def test_a_schema_is_told_in_words(schema: dict[str, Any], kind: str, bounds: list[str]) -> None:
    assert settings.kind(schema) == kind
    told = settings.rules(schema)
    assert told == bounds
