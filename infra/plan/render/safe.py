"""Text that a change's author wrote, within Markdown that others read.

It must not leave its code, mention anybody, become HTML, hide itself from the reader (control
characters, blanks of other scripts, right-to-left overrides: https://trojansource.codes), or pass
for the comment's marker.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Final

MARKER: Final = "<!-- mlops-plan -->"
"""First line of the comment: by it the next run finds the one to replace."""
MAX_INLINE: Final = 120
MAX_LINE: Final = 300
"""Of a block of code, so that one line of a generated file does not take the whole comment."""
WHOLE_LINE: Final = 4_000
"""Of either, where nothing is left out."""
_RUN: Final = re.compile(r"`+")
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing, though Unicode counts them among what can be printed."""
_FOLD: Final = re.compile(
    r"^<details><summary>([^\n]*)</summary>\n\n(.*?)\n\n</details>$", re.DOTALL | re.MULTILINE
)
_WHOLE: ContextVar[bool] = ContextVar("whole", default=False)


@contextlib.contextmanager
def unabridged() -> Iterator[None]:
    """Leave nothing out within: for the page, which the comment points to for what it cuts."""
    token = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(token)


def visible(text: str) -> str:
    """Return a text in which nothing is unseen, and no HTML comment begins."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(one if _seen(one) else f"\\u{ord(one):04x}" for one in text)
    return text.replace("<!--", "<! --")


def _seen(one: str) -> bool:
    return one in "\n\t" or (one.isprintable() and _BLANK.match(one) is None)


def inline(value: object, limit: int = MAX_INLINE) -> str:
    """Return a value as inline code, outside of tables; beyond ``limit`` it is cut."""
    text = visible(str(value)).replace("\n", "\\n").replace("\t", "\\t")
    text = _cut(text, limit)
    if not text:
        return "(empty)"
    ticks = "`" * (1 + max((len(run) for run in _RUN.findall(text)), default=0))
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def cell(value: object) -> str:
    """Return a value as inline code within a table, whose cells end at any bar."""
    return inline(str(value).replace("|", "\\u007c"))


def fenced(lines: Iterable[str], language: str = "") -> str:
    """Return lines as a block of code that nothing in them can end; long ones are cut."""
    text = "\n".join(_cut(visible(line), MAX_LINE) for line in lines)
    fence = "`" * max(3, 1 + max((len(run) for run in _RUN.findall(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def _cut(text: str, limit: int) -> str:
    limit = max(limit, WHOLE_LINE) if _WHOLE.get() else limit
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def capped(lines: Sequence[str], limit: int, what: str = "more") -> list[str]:
    """Return at most ``limit`` lines of a list, the last one saying how many were left out."""
    if len(lines) <= limit or _WHOLE.get():
        return list(lines)
    return [*lines[: limit - 1], f"- and {len(lines) - limit + 1} {what}"]


def room(limit: int, needed: int) -> int:
    """Return how many of ``needed`` lines there is room for: all where nothing is left out."""
    return needed if _WHOLE.get() else max(0, min(limit, needed))


def listed(words: Sequence[str], limit: int = 8) -> str:
    """Return words with commas between, of more than ``limit`` the number that was left out."""
    if len(words) <= limit or _WHOLE.get():
        return ", ".join(words)
    return f"{', '.join(words[: limit - 1])} and {len(words) - limit + 1} more"


def counted(number: int, thing: str, things: str = "") -> str:
    """Return ``1 step``, ``2 steps``."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


def details(summary: str, body: str) -> str:
    """Return a body that unfolds; ``summary`` is HTML: the program's own words alone."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def folds(section: str) -> Iterator[tuple[str, str]]:
    """Yield a section's parts, each with its summary: empty for what :func:`details` did not fold.

    Only what stands at a line's beginning counts: text of a change never does.
    """
    at = 0
    for fold in _FOLD.finditer(section):
        yield "", section[at : fold.start()]
        yield fold[1], fold[2]
        at = fold.end()
    yield "", section[at:]
