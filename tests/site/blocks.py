"""Code as it stands in the pages: fenced blocks with what a comment before them says, and spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOTE: Final = re.compile(r"<!-- (settings|given|not run): (.+?) -->", re.DOTALL)
"""``settings: STACK [KEY]`` says where YAML belongs, ``given: CODE`` what a Python block finds,
``not run: REASON`` why it only is compiled."""
_READER: Final = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One fenced block."""

    page: str
    line: int
    language: str
    text: str
    note: str
    """Which kind of comment stands right before it; empty where none does."""
    said: str
    """What the comment says."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: str, text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    note, said = "", ""
    for token in _READER.parse(text):
        if token.type == "html_block" and (found := NOTE.search(token.content)):
            note, said = found[1], " ".join(found[2].split())
        elif token.type == "fence":
            assert token.map is not None
            language = token.info.split()[0] if token.info else ""
            yield Block(
                page=page,
                line=token.map[0] + 1,
                language=language,
                text=token.content,
                note=note,
                said=said,
            )
            note, said = "", ""
        elif token.type == "inline":
            note, said = "", ""


def spans_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield each piece of code within a line of prose, and the line where its paragraph begins."""
    for token in _READER.parse(text):
        line = (token.map or [0])[0] + 1
        for child in token.children or ():
            if child.type == "code_inline":
                yield line, child.content


BLOCKS: Final = [
    block
    for path in PAGES
    for block in blocks_of(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
]
SPANS: Final = [
    (f"{path.relative_to(ROOT).as_posix()}:{line}", span)
    for path in PAGES
    for line, span in spans_of(path.read_text(encoding="utf-8"))
]
