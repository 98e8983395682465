"""What people read of a plan: it fits, and nothing in it pretends to be more than text."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from infra.plan._code import CodeChange
from infra.plan._grants import Grant
from infra.plan.compare import Change, InputChange
from infra.plan.losses import Loss
from infra.plan.permissions import Permissions, PrincipalChange
from infra.plan.pipelines import Pipelines
from infra.plan.plan import Plan, StackPlan
from infra.plan.render.comment import LONGEST, comment
from infra.plan.render.document import document
from infra.plan.render.page import whole
from infra.plan.render.resources import causes
from infra.plan.render.safe import MARKER, visible
from infra.plan.render.terminal import show
from tests.plan.sections import support

ROTATE = '{"rules":[{"count":%s,"why":"' + "w" * 90 + '"}]}'
ALLOW = '{"Statement":[{"Effect":"Allow","Action":["s3:%s","s3:%s"],"Resource":"*"}]}'
STEP = '{"Steps":[{"Name":"A","Type":"T","Arguments":{"Uri":"s3://b/%s/steps.pyz"}}]}'
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


@pytest.mark.parametrize("unseen", "\x00\x7f\xa0\u00ad\u200b\u2066\u3164\ufe0f\ud800\U000e0101")
def test_what_cannot_be_seen_is_spelled_out(unseen: str) -> None:
    assert visible(f"a{unseen}b\n\té") == f"a\\u{ord(unseen):04x}b\n\té"


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


def test_names_end_neither_their_cell_nor_their_note() -> None:
    name = r"a\|@everyone<img src=x>-dev"
    plan = replace(planned(stack(name), stack(name)), notes=("the file of @everyone <b>`",))
    support.assert_harmless(comment(plan).removeprefix(MARKER))
    (row,) = {line for line in comment(plan).splitlines() if line.startswith("| `")}
    assert row.count("|") == 4
    assert "<img" not in whole(plan, {})


def test_no_line_of_code_is_taken_for_a_fold() -> None:
    lines = ("@@ -1,2 +1,2 @@", "+x = '<details><summary>hid</summary>'", "", "+</details>")
    code = CodeChange(
        use_case="u", file="f.py", change="added", added=3, removed=0, diff=lines, steps=("a/<b>",)
    )
    hostile = "<details><summary>name"
    plan = planned(replace(stack(text=hostile), pipelines=Pipelines(code=(code,))))
    told = shown(plan)
    assert "+x = '<details><summary>hid</summary>'" in told
    assert "+</details>" in told
    page = whole(plan, {})
    assert page.count("<details") == page.count("</details>") == 2
    assert "+x = &#x27;&lt;details" in page or "+x = '&lt;details" in page


def test_a_long_line_leaves_room_for_the_rest() -> None:
    code = CodeChange(
        use_case="u", file="f.py", change="added", added=1, removed=0, diff=("+" + "a" * 100_000,)
    )
    told = comment(planned(replace(stack(), pipelines=Pipelines(code=(code,)))))
    assert "Cut here" not in told
    assert "a…\n" in told


def test_a_page_holds_what_the_comment_leaves_out() -> None:
    grants = tuple(
        Grant(effect="Allow", actions=(f"s3:Action{number}",), resources=("*",))
        for number in range(100)
    )
    one = PrincipalChange(kind="role", name="worker", change="changed", gained=grants)
    plan = planned(replace(stack(), permissions=Permissions(principals=(one,))))
    assert "s3:Action99" not in comment(plan)
    assert "more" in comment(plan)
    page = whole(plan, {})
    assert all(f"s3:Action{number}<" in page for number in range(100))
    assert "s3:Action99" not in comment(plan)


def test_what_stops_is_said_though_nothing_else_fits() -> None:
    lost = tuple(
        Loss(urn="u", type="t" * 100, name=f"{number}" * 90, operation="delete", why="gone")
        for number in range(100)
    )
    stacks = [replace(stack(f"team{number}-dev", 1), losses=lost) for number in range(30)]
    calm = [stack(f"a{number}-dev", 200, text="v" * 79) for number in range(30)]
    told = comment(planned(*calm, *stacks))
    assert len(told) <= LONGEST
    assert "### `team29-dev`" in told
    assert "would be deleted: gone" in told
    assert told.index("### `team29-dev`") < told.index("### `a0-dev`")


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        ("policy", ROTATE % 14, ROTATE % 3, "`policy.rules[0].count`: `14` → `3`"),
        ("policy", ALLOW % ("a", "b"), ALLOW % ("b", "a"), "`policy`: written otherwise"),
        ("policy", ALLOW % ("a", "b"), ALLOW % ("a", "c"), "`policy`: told under Permissions"),
        ("pipelineDefinition", STEP % ("0" * 64), STEP % ("1" * 64), "only archives of code"),
        ("pipelineDefinition", STEP % "a", STEP % "b", "told under Pipelines"),
        ("userData", "x" * 300 + "a" + "y" * 300, "x" * 300 + "b" + "y" * 300, "xa"),
        ("subnetIds", ["a", "b", "c"], ["a", "c", "d"], "`subnetIds`: + `d`, - `b`"),
        ("managedPolicyArns", ["a", "b"], ["b", "a", "a"], "in another order"),
        ("size", 1, 2, "`size`: `1` → `2`"),
    ],
)
def test_a_changed_input_is_told_by_what_differs(
    path: str, old: object, new: object, told: str
) -> None:
    (line,) = causes(InputChange(path=path, kind="update", old=old, new=new))
    assert told in line
    assert len(line) < 200


def test_what_changes_alike_is_told_once() -> None:
    told = comment(planned(stack(count=20)))
    assert told.count("`tags.value`") == 1
    assert all(f"resource-{number}-" in told for number in range(20))


def test_a_terminal_ends_with_what_must_be_decided() -> None:
    loss = Loss(urn="u", type="t", name="raw", operation="delete", why="it holds data")
    assert "raw would be deleted: it holds data" in shown(planned(replace(stack(), losses=(loss,))))
    lying = replace(loss, name="raw\nmay go on\nx")
    assert "\nmay go on" not in shown(planned(replace(stack(), losses=(lying,))))
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
