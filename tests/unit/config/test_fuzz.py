"""Whatever stands in a stack's files: settings that hold, or an error that names file and key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stacks.errors import StackError, StackFileError
from stacks.layers import load
from tests.stacks.support import graph, package_arn

ROOT = Path(__file__).parents[3]
STACK = "flights-dev"
FILES = (
    "environments/dev.yaml",
    "teams/flights.yaml",
    f"Pulumi.{STACK}.yaml",
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["ml.g5.xlarge", "cron(0 0 * * ? *)", "rate(1 day)", "2026-11-21", "*"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=8,
)


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
"""A few lines of aliases that stand for hundreds of millions of values."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the stack files, to be written over."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("*.py*"))
    return root


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value within a document."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return the document with another value at a path."""
    if not path:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


@given(data=st.data())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_value_anywhere_is_taken_or_told(project: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES))
    whole = yaml.safe_load((ROOT / "stacks" / file).read_text())
    path = data.draw(st.sampled_from(sorted(places(whole), key=repr)))
    changed = put(whole, path, data.draw(JSON))
    with written(project, file, yaml.safe_dump(changed, allow_unicode=True)):
        resolves(project)


@given(text=st.text(max_size=200) | st.binary(max_size=200), file=st.sampled_from(FILES))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_taken_or_told(project: Path, text: str | bytes, file: str) -> None:
    with written(project, file, text):
        resolves(project)


@pytest.mark.parametrize(
    "text",
    [
        "region: &a [*a]",
        LAUGHS,
        "region: 2026-99-99",
        "region: !!python/object/apply:os.system [ls]",
        "a: b\n---\nc: d",
        "[" * 5000,
    ],
)
def test_a_text_that_is_a_trap_is_told(project: Path, text: str) -> None:
    with written(project, FILES[0], text):
        assert not resolves(project)


@given(data=st.data())
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_settings_that_hold_evaluate(project: Path, data: st.DataObject) -> None:
    numbers = st.sampled_from(
        [
            ("use_cases", "flights", "retraining", "cool_down_hours"),
            ("use_cases", "flights", "retraining", "min_new_labels"),
            ("use_cases", "flights", "retraining", "budget_retrainings"),
        ]
    )
    file = "teams/flights.yaml"
    whole = yaml.safe_load((ROOT / "stacks" / file).read_text())
    changed = put(whole, data.draw(numbers), data.draw(st.integers(-5, 10**6)))
    with written(project, file, yaml.safe_dump(changed)):
        if resolves(project):
            graph(STACK, live=package_arn(STACK), root=project)


def resolves(project: Path) -> bool:
    """Tell whether the files hold; where they do not, every problem names its file and key."""
    problem = None
    try:
        resolved = load(STACK, project)
    except StackError as error:
        problem = error
    if problem is None:
        json.dumps(resolved.values)
        return True
    assert "stacks/" in str(problem)
    if isinstance(problem, StackFileError):
        assert all(one.file.startswith("stacks/") and one.rule for one in problem.problems)
    return False


class written:  # noqa: N801 - reads as what it is
    """A stack file holds another text for a while."""

    def __init__(self, project: Path, file: str, text: str | bytes) -> None:
        self._path = project / "stacks" / file
        self._new = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text

    def __enter__(self) -> None:
        self._old = self._path.read_bytes()
        self._path.write_bytes(self._new)

    def __exit__(self, *_: object) -> None:
        self._path.write_bytes(self._old)
