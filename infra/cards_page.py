"""A model card as a page of Markdown or HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from infra.cards import Card

Section = tuple[str, list[tuple[str, str]]]
"""A heading, and what stands below it by name."""


def as_markdown(card: Card) -> str:
    """Return the card as Markdown."""
    lines = [f"# {card.title}", "", f"{card.status}; {card.origin}"]
    for heading, rows in _sections(card.content):
        lines += ["", f"## {heading}", "", "| | |", "|---|---|"]
        lines += [f"| {name} | {_cell(value)} |" for name, value in rows]
    return "\n".join(lines) + "\n"


def as_html(card: Card) -> str:
    """Return the card as a page that needs nothing from elsewhere."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><meta charset="utf-8">',
        f"<title>{escape(card.title)}</title>",
        "<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse;width:100%}td{border-top:1px solid #ccc;padding:.3rem;"
        "vertical-align:top;overflow-wrap:anywhere}td:first-child{width:16rem;color:#555}</style>",
        f"<h1>{escape(card.title)}</h1><p>{escape(card.status)}; {escape(card.origin)}</p>",
    ]
    for heading, rows in _sections(card.content):
        parts.append(f"<h2>{escape(heading)}</h2><table>")
        parts += [
            f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows
        ]
        parts.append("</table>")
    return "\n".join(parts) + "</html>\n"


def _sections(content: Mapping[str, Any]) -> Iterator[Section]:
    for key, value in content.items():
        if isinstance(value, list):
            for number, item in enumerate(value, 1):
                heading = f"{_words(key)}: {item.get('name', number)}"
                yield heading, list(_rows(item))
        else:
            yield _words(key), list(_rows(value))


def _rows(value: Any, above: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Yield every leaf with its path in words; lists of named things by their names."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _rows(item, f"{above}: {_words(key)}" if above else _words(key))
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        for number, item in enumerate(value, 1):
            name = f"{above}: {item.get('name', number)}"
            rest = {key: one for key, one in item.items() if key not in {"name", "type"}}
            if rest.keys() == {"value"}:
                yield name, str(rest["value"])
            else:
                yield from _rows(rest, name)
    elif isinstance(value, list):
        yield above, ", ".join(map(str, value))
    else:
        yield above, str(value)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
