"""What the pack's older environment must be able to import."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from infra.policy import known_rules
from stacks.policy import RULES as FILE

POLICY = Path(known_rules.__file__).parent
HERE_ALONE = {"graph.py", "known_rules.py", "of_stack.py"}
"""What the pack does not import."""
THERE_ALONE = {"pack.py", "__main__.py"}


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found


@pytest.mark.parametrize(
    "path",
    sorted(path for path in POLICY.rglob("*.py") if path.name not in HERE_ALONE),
    ids=lambda path: str(path.relative_to(POLICY)),
)
def test_rules_need_the_standard_library_and_one_another(path: Path) -> None:
    others = {"pulumi_policy"} if path.name in THERE_ALONE else set()
    allowed = sys.stdlib_module_names | others
    strange = {
        name
        for name in imported(path)
        if name.split(".")[0] not in allowed and not name.startswith("infra.policy.")
    }
    apart = {f"infra.policy.{name.removesuffix('.py')}" for name in HERE_ALONE}
    assert strange == set()
    assert not imported(path) & apart


def test_settings_are_checked_by_the_rules_that_there_are() -> None:
    assert FILE.read_text(encoding="utf-8") == known_rules.text()
