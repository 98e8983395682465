"""What people read of a plan: it fits, and nothing in it pretends to be more than text."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

from rich.console import Console

from infra.plan.compare import Change, InputChange
from infra.plan.losses import Loss
from infra.plan.plan import Plan, StackPlan
from infra.plan.render.comment import LONGEST, MARKER, comment
from infra.plan.render.document import document
from infra.plan.render.page import whole
from infra.plan.render.terminal import show

HOSTILE = "</details>```\n<!-- mlops-plan --><script>alert(1)</script> @everyone \x1b[31m\u202e|x|"


def change(number: int, *, text: str = "value") -> Change:
    name = f"resource-{number}-{'n' * 80}"
    urn = f"urn:pulumi:s::p::aws:sns/topic:Topic::{name}"
    cause = InputChange(path=f"tags.{text}", kind="update", old=text, new=f"{text}2")
    kind = "aws:sns/topic:Topic"
    return Change(urn=urn, type=kind, name=name, parent=None, operation="update", inputs=(cause,))


def planned(*stacks: StackPlan) -> Plan:
    return Plan(against="main", commit="0" * 40, head="the working tree", stacks=stacks)


def stack(name: str = "flights-dev", count: int = 3, *, text: str = "value") -> StackPlan:
    changes = tuple(change(number, text=text) for number in range(count))
    return StackPlan(stack=name, status="changed", changes=changes)


def shown(plan: Plan) -> str:
    out = StringIO()
    show(Console(file=out, width=120, color_system=None), plan)
    return out.getvalue()


def test_a_comment_says_first_whether_a_person_must_decide() -> None:
    assert "may go on" in comment(planned(stack())).splitlines()[2]
    stopping = replace(stack(), refused=("no",))
    assert "**stops**" in comment(planned(stopping)).splitlines()[2]
    unchanged = StackPlan(stack="flights-dev", status="unchanged")
    assert "changes nothing" in comment(planned(unchanged)).splitlines()[2]


def test_a_comment_fits_and_says_what_is_left_out() -> None:
    stacks = [stack(f"team{number}-dev", 200, text="v" * 79) for number in range(40)]
    told = comment(planned(*stacks))
    assert len(told) <= LONGEST
    assert told.startswith(MARKER)
    assert "Cut here" in told
    assert "`team39-dev`" in told
    endless = [stack(f"team{number}-dev", 1) for number in range(5000)]
    assert len(comment(planned(*endless))) <= LONGEST
    assert "Cut here" not in comment(planned(stack()))


def test_text_of_the_change_stays_text() -> None:
    loss = Loss(urn="u", type="t", name=HOSTILE, operation="delete", why="it is gone")
    hostile = replace(
        stack(text=HOSTILE), losses=(loss,), refused=(HOSTILE,), failure=HOSTILE, stack=HOSTILE
    )
    plan = replace(planned(hostile), against=HOSTILE, unmatched=(HOSTILE,))
    told = comment(plan)
    assert told.count(MARKER) == 1
    assert "\x1b" not in told
    assert "\u202e" not in told
    page = whole(plan, {})
    assert "<script>" not in page
    assert "\x1b" not in page
    printed = shown(plan)
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert json.loads(document(plan))["stacks"][0]["stack"] == HOSTILE


def test_a_terminal_ends_with_what_must_be_decided() -> None:
    loss = Loss(urn="u", type="t", name="raw", operation="delete", why="it holds data")
    assert "raw would be deleted: it holds data" in shown(planned(replace(stack(), losses=(loss,))))
    assert shown(planned(stack())).endswith("may go on\n")
    assert shown(planned(StackPlan(stack="a-dev", status="unchanged"))).endswith(
        "nothing changes\n"
    )


def test_an_acknowledged_loss_is_told_and_stops_nothing() -> None:
    loss = Loss(
        urn="u", type="t", name="raw", operation="delete", why="it holds data", acknowledged="me"
    )
    plan = planned(replace(stack(), losses=(loss,)))
    assert not plan.stops
    assert "acknowledged by `me`" in comment(plan)


def test_a_page_needs_nothing_from_elsewhere() -> None:
    page = whole(planned(stack()), {"flights-dev": "<svg></svg>"})
    assert "<svg>" in page
    assert "default-src 'none'" in page
    for word in ("http://", "https://", "src=", "@import"):
        assert word not in page
