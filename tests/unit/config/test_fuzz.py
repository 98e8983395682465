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
    changed[path[0]] = put(at(value, path[:1]), path[1:], new)
    return changed


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """Return what stands at a path, ``None`` where nothing does."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else value[key]
    return value


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


SCHEMA = json.loads((ROOT / "stacks/layer.schema.json").read_text(encoding="utf-8"))
TEXTS = st.sampled_from(
    [
        *("x", "a-b", "é", "*", "a" * 70, "10.0.0.0/16", "rate(1 day)", "2027-01-01"),
        *("ml.g5.xlarge", "arn:aws:kms:us-east-1:1:key/x", "subnet-0123456789abcdef0"),
        *("123456789012", "us-east-1a"),
    ]
)


def kinds(kind: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield path and schema of every setting that may be given, at whatever depth."""
    if path:
        yield path, kind
    kind = named(kind)
    for other in kind.get("anyOf", ()):
        yield from kinds(other, path) if named(other).get("type") == "object" else ()
    for key, inner in kind.get("properties", {}).items():
        yield from kinds(inner, (*path, key))
    for inner in kind.get("patternProperties", {}).values() if path == ("use_cases",) else ():
        yield from kinds(inner, (*path, "flights"))


def named(kind: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a reference is to."""
    return SCHEMA["$defs"][kind["$ref"].rpartition("/")[2]] if "$ref" in kind else kind


def values(kind: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that a schema's types and bounds allow; the settings' own rules may not."""
    kind = named(kind)
    if "anyOf" in kind:
        return st.one_of([values(other) for other in kind["anyOf"]])
    if "enum" in kind or "const" in kind:
        return st.sampled_from(kind.get("enum") or [kind["const"]])
    low = kind.get("minimum", kind.get("exclusiveMinimum", 0))
    high = kind.get("maximum", kind.get("exclusiveMaximum", low + 1000))
    inner = {key: values(one) for key, one in kind.get("properties", {}).items()}
    needed = {key: inner.pop(key) for key in kind.get("required", ()) if key in inner}
    by_type = {
        "boolean": st.booleans(),
        "integer": st.integers(int(low), int(high)),
        "number": st.floats(low, high),
        "array": st.lists(st.deferred(lambda: values(kind["items"])), max_size=2),
        "object": st.fixed_dictionaries(needed, optional=inner),
        "string": TEXTS,
        "null": st.none(),
    }
    return by_type[kind["type"]]


@given(data=st.data())
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_settings_that_hold_evaluate(project: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES[:2]))
    path, kind = data.draw(st.sampled_from(list(kinds(SCHEMA))))
    whole = yaml.safe_load((ROOT / "stacks" / file).read_text())
    for depth in range(1, len(path)):
        whole = put(whole, path[:depth], at(whole, path[:depth]) or {})
    changed = put(whole, path, data.draw(values(kind)))
    with written(project, file, yaml.safe_dump(changed, allow_unicode=True)):
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
