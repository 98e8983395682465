"""Hostile JSON, and what Markdown makes of it."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

HOSTILE = (
    "```",
    "``",
    "`",
    "@someone",
    "<img src=x onerror=alert(1)>",
    "<!-- mlops plan -->",
    "-->",
    "</details>",
    "\u202eevil\u2066",
    "\x1b[31m",
    "\ud800",
    "\n\n# heading\n",
    "[link](javascript:alert(1))",
    "${raw_bucket}",
    "«Steps.A.x»",
    "*",
    "arn:aws:s3:::b/*",
)


def words(*known: str) -> st.SearchStrategy[str]:
    return st.one_of(
        st.sampled_from([*known, *HOSTILE]), st.text(max_size=6), st.sampled_from(known or ("",))
    )


def json(*known: str) -> st.SearchStrategy[Any]:
    """Return any JSON, more often than not with the keys and values that the code looks at."""
    scalars = st.one_of(
        words(*known), st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.just(10**30)
    )
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(words(*known), inner, max_size=5)
        ),
        max_leaves=25,
    )


def deep(levels: int, inside: Any = "x") -> Any:
    value = inside
    for level in range(levels):
        value = [value] if level % 2 else {"Arguments": value}
    return value


def outside_code(markdown: str) -> str:
    """Return what is left of Markdown when its code is taken out, as CommonMark reads it."""
    kept, fence = [], ""
    for line in markdown.split("\n"):
        begins = re.match(r"(`{3,})[^`]*$", line)
        if fence:
            if re.fullmatch(rf"{fence}`* *", line):
                fence = ""
        elif begins:
            fence = begins[1]
        else:
            kept.append(re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", line))
    assert not fence, "a fence stays open"
    return "\n".join(kept)


def assert_harmless(markdown: str) -> None:
    """Hold a rendering to what its readers rely on."""
    assert "<!--" not in markdown
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", markdown)
    left = outside_code(markdown)
    assert "@" not in left
    assert not re.sub(r"</?(details|summary)>", "", left).count("<")
    assert "](" not in left
    assert "# heading" not in left
    markdown.encode()
