"""Messages that the page on troubleshooting explains are those of this code."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
AWS = {"ResourceLimitExceeded"}
"""What AWS says itself."""
SAID = [
    match
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| it says")
    for match in re.findall(r"`([^`]+)`", line.split(" | ")[0])
    if match not in AWS
]


@cache
def messages() -> str:
    """Return the texts of all code, f-strings without what they fill in, and of the Makefile."""
    found = [(ROOT / "Makefile").read_text(encoding="utf-8")]
    for folder in ("components", "infra", "pipelines", "stacks"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    values = [one for one in node.values if isinstance(one, ast.Constant)]
                    found.append("\0".join(str(one.value) for one in values))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return "\n".join(found)


def parts(said: str) -> list[str]:
    return [part.strip() for part in said.split("…") if part.strip(" ,")]


def test_the_page_explains_messages() -> None:
    assert len(SAID) > 25


@pytest.mark.parametrize("said", SAID)
def test_a_message_is_one_of_this_code(said: str) -> None:
    assert all(part in messages() for part in parts(said))


def test_a_message_that_nothing_says_is_found() -> None:
    assert not all(part in messages() for part in parts("the flux of … must be reversed"))
