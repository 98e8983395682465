"""A change's own code writes its snapshot: whatever it writes is refused, or becomes a plan."""

from __future__ import annotations

import contextlib
import json
from functools import cache, partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.plan.gather import Side
from infra.plan.plan import make
from infra.plan.render.comment import LONGEST, MARKER, comment
from infra.plan.render.document import document
from infra.plan.render.page import drawn, whole
from infra.plan.snapshot import Snapshot, SnapshotError, from_json, to_json
from tests.engine.changing import declare
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
            "config": {"region": "us-east-1", "policy": {"waivers": [], "severities": {}}},
            "outputs": {"a": "b"},
        }
    )
    written: dict[str, Any] = json.loads(to_json(told))
    written["snapshot"]["pipelines"] = {"flights": {"training": {"definition": document}}}
    written["snapshot"]["settings"] = {"region": {"value": "us-east-1", "origin": "a.yaml:3"}}
    return written


def side(name: str, one: Snapshot) -> Side:
    return Side(name=name, commit=None, snapshots={"flights-dev": one}, failed={})


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_it_writes_is_refused_or_planned(data: st.DataObject) -> None:
    written = head()
    path = data.draw(st.sampled_from(sorted(places(written), key=repr)))
    changed = put(written, path, data.draw(VALUES))
    hostile = None
    with contextlib.suppress(SnapshotError):
        hostile = from_json(json.dumps(changed))
    if hostile is None:
        return
    one, other = side("main", base()), side("the working tree", hostile)
    plan = make(one, other)
    told = comment(plan)
    assert len(told) <= LONGEST
    assert told.count(MARKER) == 1
    assert "\x1b" not in told
    json.loads(document(plan))
    page = whole(plan, drawn(plan, one, other))
    assert "\x1b" not in page
