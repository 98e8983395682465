"""Text that a change's author wrote, within Markdown that others read.

It must not leave its code, mention anybody, become HTML, hide itself from the reader (control
characters, right-to-left overrides: https://trojansource.codes), or pass for the comment's marker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

MAX_INLINE: Final = 120
_RUN: Final = re.compile(r"`+")
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return a text in which nothing is unseen, and no HTML comment begins."""
    shown = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return shown.replace("<!--", "<! --")


def inline(value: object, limit: int = MAX_INLINE) -> str:
    """Return a value as inline code, outside of tables; beyond ``limit`` it is cut."""
    text = visible(str(value)).replace("\n", "\\n").replace("\t", "\\t")
    text = text if len(text) <= limit else f"{text[: limit - 1]}…"
    if not text:
        return "(empty)"
    ticks = "`" * (1 + max((len(run) for run in _RUN.findall(text)), default=0))
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fenced(lines: Iterable[str], language: str = "") -> str:
    """Return lines as a block of code that nothing in them can end."""
    text = "\n".join(visible(line) for line in lines)
    fence = "`" * max(3, 1 + max((len(run) for run in _RUN.findall(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def capped(lines: Sequence[str], limit: int, what: str = "more") -> list[str]:
    """Return at most ``limit`` lines of a list, the last one saying how many were left out."""
    if len(lines) <= limit:
        return list(lines)
    return [*lines[: limit - 1], f"- and {len(lines) - limit + 1} {what}"]


def listed(words: Sequence[str], limit: int = 8) -> str:
    """Return words with commas between, of more than ``limit`` the number that was left out."""
    if len(words) <= limit:
        return ", ".join(words)
    return f"{', '.join(words[: limit - 1])} and {len(words) - limit + 1} more"


def counted(number: int, thing: str, things: str = "") -> str:
    """Return ``1 step``, ``2 steps``."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


def details(summary: str, body: str) -> str:
    """Return a body that unfolds; ``summary`` is HTML: the program's own words alone."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
