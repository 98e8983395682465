"""A change's own code writes its snapshot: whatever it writes is refused, or becomes a plan."""

from __future__ import annotations

import contextlib
import json
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infra.plan.gather import Side
from infra.plan.plan import make
from infra.plan.prices import file_of, written
from infra.plan.render.comment import LONGEST, comment
from infra.plan.render.document import document
from infra.plan.render.page import drawn, whole
from infra.plan.render.safe import MARKER
from infra.plan.snapshot import Snapshot, SnapshotError, from_json, to_json
from tests.engine.changing import declare
from tests.plan.sections.support import assert_harmless
from tests.plan.support import Program, snapshot
from tests.unit.config.test_fuzz import places, put

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(max_size=20)
    | st.sampled_from([f"{MARKER}</details>```", "a::b::c::d", "::", "*", "\x1b[31m", "04da6b54"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


def planned(program: Program) -> Snapshot:
    return snapshot(program, project="mlops-loop", stack="flights-dev")


@cache
def base() -> Snapshot:
    return planned(declare)


@cache
def head() -> dict[str, Any]:
    changed = snapshot(
        partial(declare, path="/x/", queue=False), project="mlops-loop", stack="flights-dev"
    )
    step = {"Name": "A", "Type": "Processing", "Arguments": {}}
    document = {"Version": "2020-12-01", "Parameters": [], "Steps": [step]}
    told = changed.model_copy(
        update={
            "config": {
                "region": "us-east-1",
                "policy": {"waivers": [], "severities": {}},
                "operations": {"budget": {"monthly_usd": 100}},
            },
            "outputs": {"a": "b"},
        }
    )
    file: dict[str, Any] = json.loads(to_json(told))
    file["snapshot"]["pipelines"] = {"flights": {"training": {"definition": document}}}
    file["snapshot"]["settings"] = {"region": {"value": "us-east-1", "origin": "a.yaml:3"}}
    return file


def side(name: str, one: Snapshot) -> Side:
    return Side(name=name, commit=None, snapshots={"flights-dev": one}, failed={})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with prices, so that money is told."""
    made = tmp_path_factory.mktemp("root")
    file = file_of("us-east-1", made)
    file.parent.mkdir(parents=True)
    file.write_text(written([], region="us-east-1", today=date(2026, 1, 1)))
    return made


@given(path=st.deferred(lambda: st.sampled_from(sorted(places(head()), key=repr))), value=VALUES)
@settings(max_examples=150, deadline=None)
@example(path=("snapshot", "config", "region"), value="`` @everyone <b> ![](x)")
@example(path=("snapshot", "config", "operations", "budget", "monthly_usd"), value="1")
def test_whatever_it_writes_is_refused_or_planned(
    root: Path, path: tuple[Any, ...], value: Any
) -> None:
    changed = put(head(), path, value)
    hostile = None
    with contextlib.suppress(SnapshotError):
        hostile = from_json(json.dumps(changed))
    if hostile is None:
        return
    one, other = side("main", base()), side("the working tree", hostile)
    plan = make(one, other, root=root)
    told = comment(plan)
    assert_harmless(told.removeprefix(MARKER))
    assert len(told) <= LONGEST
    assert told.count(MARKER) == 1
    assert "\x1b" not in told
    json.loads(document(plan))
    page = whole(plan, drawn(plan, one, other))
    assert "\x1b" not in page
