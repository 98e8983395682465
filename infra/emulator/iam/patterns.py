"""Wildcards and variables of policies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

Context = Mapping[str, Sequence[str]]
"""Condition keys in lower case, with the values that a request has of each."""

_VARIABLE: Final = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_ARN_PARTS: Final = 6
_LITERALS: Final = {"*": "*", "?": "?", "$": "$"}
_ESCAPED: Final = {"*": "\ue000", "?": "\ue001"}
"""Characters that stand for themselves, once filled in, until the pattern is compiled."""


def context(values: Mapping[str, str | bool | float | Sequence[str]]) -> Context:
    """Return condition keys as they are compared: lower case, each with a list of texts."""
    return {key.lower(): _texts(value) for key, value in values.items()}


def like(pattern: str, text: str) -> bool:
    """Tell whether ``*`` (any run) and ``?`` (one character) of the pattern cover the text."""
    return _compiled(pattern).fullmatch(text) is not None


def like_arn(pattern: str, text: str) -> bool:
    """Compare two ARNs part by part: a wildcard reaches over a colon in the last part alone."""
    wanted, given = pattern.split(":", _ARN_PARTS - 1), text.split(":", _ARN_PARTS - 1)
    if len(wanted) != _ARN_PARTS or len(given) != _ARN_PARTS:
        return pattern in {"*", text}
    return all(like(*pair) for pair in zip(wanted, given, strict=True))


def filled(pattern: str, known: Context) -> str | None:
    """Return the pattern with its variables filled in; ``None`` where one has no single value."""
    missing = False

    def value(found: re.Match[str]) -> str:
        nonlocal missing
        key, default = found[1], found[2]
        if key in _LITERALS:
            return _ESCAPED.get(key, "$")
        values = known.get(key.lower(), ())
        if len(values) == 1:
            return "".join(_ESCAPED.get(one, one) for one in values[0])
        if default is None or values:
            missing = True
        return default or ""

    text = _VARIABLE.sub(value, pattern)
    return None if missing else text


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    plain = {escaped: re.escape(character) for character, escaped in _ESCAPED.items()}
    special = {"*": ".*", "?": "."}
    return re.compile("".join((special | plain).get(one, re.escape(one)) for one in pattern), re.S)


def _texts(value: str | bool | float | Sequence[str]) -> Sequence[str]:  # noqa: FBT001 - a value
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, str | int | float):
        return (str(value),)
    return tuple(value)
