"""What a page would load from another host: nothing, or the site is not built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

LOADING: Final = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
POINTING: Final = frozenset({"alternate", "author", "canonical", "edit", "license", "next", "prev"})
"""Links that a browser follows on request alone."""
_FOREIGN: Final = re.compile(r"(?:https?:)?//[^\s,\"')]+")
_IN_STYLE: Final = re.compile(r"(?:@import\s+|url\()\s*[\"']?((?:https?:)?//[^\s\"')]+)")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        pointing = set((given.get("rel") or "").split()) & POINTING
        for key in () if tag == "link" and pointing else LOADING.get(tag, ()):
            self.found += _FOREIGN.findall(given.get(key) or "")


def foreign(text: str, *, style: bool = False) -> list[str]:
    """Return the addresses on other hosts that a page, or a style sheet, loads."""
    if style:
        return _IN_STYLE.findall(text)
    page = _Page()
    page.feed(text)
    return page.found + _IN_STYLE.findall(text)


def offenders(site: Path) -> Iterator[str]:
    """Yield ``file: address`` for all that a built site loads from elsewhere."""
    for path in sorted(site.rglob("*")):
        if path.suffix in {".html", ".css", ".svg"}:
            text = path.read_text(encoding="utf-8")
            for address in foreign(text, style=path.suffix == ".css"):
                yield f"{path.relative_to(site)}: {address}"
