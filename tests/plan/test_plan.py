"""What of a change must not go on as it is."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.plan.errors import StackFails
from infra.plan.gather import Side
from infra.plan.plan import Plan, make
from infra.plan.snapshot import FeatureSchema, Snapshot
from infra.policy.rules import RULES
from infra.policy.rules.platform import REPLACEMENT
from tests.plan.support import snapshot

GROUP: dict[str, Any] = {
    "feature_group_name": "planes",
    "record_identifier_feature_name": "id",
    "event_time_feature_name": "at",
    "role_arn": "arn:aws:iam::123456789012:role/r",
    "feature_definitions": [
        {"feature_name": "id", "feature_type": "String"},
        {"feature_name": "at", "feature_type": "String"},
    ],
}


def side(program: Callable[[], object], **more: Any) -> Side:
    settings = {"policy": {"severities": dict.fromkeys((rule.id for rule in RULES), "disabled")}}
    held = {"test": snapshot(program).model_copy(update={"config": settings, **more})}
    return Side(name="a", commit=None, snapshots=held, failed={})


def planned(before: Callable[[], object], after: Callable[[], object], *names: str) -> Plan:
    return make(side(before), side(after), acknowledged=names)


def group(name: str = "planes", *, protect: bool = False) -> None:
    opts = pulumi.ResourceOptions(protect=protect)
    aws.sagemaker.FeatureGroup("group", opts=opts, **{**GROUP, "feature_group_name": name})


JETS = partial(group, "jets")


def nothing() -> None:
    """Declare nothing."""


def topic(name: str) -> None:
    aws.sns.Topic("news", name=name)


def test_replacing_what_holds_data_stops_the_change() -> None:
    plan = planned(group, partial(group, "jets"))
    assert plan.stops
    assert plan.stacks[0].reasons == (
        "group would be replaced: it holds what cannot be made again",
    )


def test_deleting_what_holds_data_stops_the_change() -> None:
    assert planned(group, lambda: None).stops


@pytest.mark.parametrize(
    "word", ["group", "urn:pulumi:test::test::aws:sagemaker/featureGroup:FeatureGroup::group"]
)
def test_what_is_acknowledged_by_name_may_go(word: str) -> None:
    plan = planned(group, partial(group, "jets"), word)
    assert not plan.stops
    assert plan.stacks[0].losses[0].acknowledged
    assert plan.unmatched == ()


@pytest.mark.parametrize(
    ("after", "waiver", "stops"),
    [
        (JETS, {"expires": "2026-06-30"}, False),
        (JETS, {"expires": "2026-06-29"}, True),
        (JETS, {"resource": "gro*", "at": "replace"}, False),
        (JETS, {"at": "delete"}, True),
        (nothing, {"at": "delete"}, False),
        (JETS, {"resource": "others"}, True),
        (JETS, {"rule": "mlops-expired"}, True),
    ],
)
def test_a_waiver_agrees_to_a_loss_until_it_expires(
    after: Callable[[], object], waiver: dict[str, str], *, stops: bool
) -> None:
    told = {"rule": REPLACEMENT, "resource": "group", "owner": "them", "reason": "moved"}
    disabled = dict.fromkeys((rule.id for rule in RULES), "disabled")
    policy = {"severities": disabled, "waivers": [{**told, "expires": "2026-12-31", **waiver}]}
    head = side(after, config={"policy": policy})
    plan = make(side(group), head, today=datetime.date(2026, 6, 30))
    assert bool(plan.stacks[0].losses[0].acknowledged) is not stops
    assert any("group would be" in one for one in plan.stacks[0].reasons) is stops


def test_an_acknowledgement_of_nothing_is_told() -> None:
    assert planned(group, group, "planes").unmatched == ("planes",)


def test_protection_is_told_before_pulumi_refuses() -> None:
    plan = planned(partial(group, protect=True), partial(group, "jets", protect=True))
    assert "protected" in plan.stacks[0].reasons[0]


def test_replacing_what_holds_nothing_stops_nothing() -> None:
    plan = planned(partial(topic, "a"), partial(topic, "b"))
    assert not plan.stops
    assert plan.stacks[0].counts == {"replace": 1}


def test_a_schema_that_the_group_cannot_take_on_stops_with_the_way_there() -> None:
    def schema(**features: str) -> FeatureSchema:
        common = {"record_identifier": "id", "event_time": "at"}
        return FeatureSchema(group="g", features=features, **common)

    before = side(group, schemas=(schema(id="String", speed="Integral"),))
    after = side(group, schemas=(schema(id="String"),))
    (reason,) = make(before, after).stacks[0].reasons
    assert "feature speed must stay" in reason
    assert "second group" in reason
    wider = side(group, schemas=(schema(id="String", speed="Integral", height="Integral"),))
    assert not make(before, wider).stops


def test_an_input_that_aws_would_refuse_stops_the_change() -> None:
    def role(path: str) -> None:
        aws.iam.Role("r", assume_role_policy="{}", path=path)

    plan = planned(partial(role, "/"), partial(role, "no path"))
    assert "no path" in plan.stacks[0].reasons[0]
    assert not planned(partial(role, "no path"), partial(role, "no path")).stops


def test_a_side_that_does_not_evaluate_stops_the_change() -> None:
    failing = Side(
        name="b", commit=None, snapshots={}, failed={"test": StackFails("test", "b", "KeyError: x")}
    )
    plan = make(side(group), failing)
    assert plan.stops
    assert not plan.settings  # it is not gone
    assert "KeyError: x" in plan.stacks[0].reasons[0]


def test_stacks_come_and_go() -> None:
    empty = Side(name="a", commit=None, snapshots={}, failed={})
    assert make(empty, side(group)).stacks[0].status == "new"
    gone = make(side(group), empty)
    assert gone.stacks[0].status == "gone"
    assert gone.stops
    assert make(side(group), side(group)).changed == ()


def test_a_snapshot_is_read_as_it_was_written() -> None:
    from infra.plan.snapshot import SnapshotError, from_json, to_json  # noqa: PLC0415

    def code() -> None:
        archive = pulumi.AssetArchive({"main.py": pulumi.StringAsset("x = 1\n")})
        role = "arn:aws:iam::123456789012:role/r"
        aws.lambda_.Function("f", code=archive, handler="main.x", role=role, runtime="python3.13")

    written = snapshot(code)
    read = from_json(to_json(written))
    assert read == written
    assert next(one for one in read.resources.values()).files == {"main.py": "x = 1\n"}
    with pytest.raises(SnapshotError, match="format"):
        from_json(to_json(written).replace('"snapshot":{', '"snapshot":{"format":2,'))
    for broken in ("", "[]", "{}", '{"texts":{},"snapshot":{"stack":1}}'):
        with pytest.raises(SnapshotError):
            from_json(broken)


def test_a_snapshot_holds_no_secret() -> None:
    def program() -> None:
        aws.sns.Topic("news", display_name=pulumi.Output.secret("hunter2"))

    from infra.plan.snapshot import to_json  # noqa: PLC0415

    assert "hunter2" not in to_json(snapshot(program))
    assert isinstance(snapshot(program), Snapshot)
