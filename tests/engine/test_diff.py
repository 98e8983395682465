"""What a change of inputs means."""

from __future__ import annotations

import pytest

from infra.engine.diff import compare, refreshed, same
from infra.graph.assets import ARCHIVE, SIGNATURE
from infra.graph.model import UNKNOWN


def test_equal_inputs_differ_in_nothing() -> None:
    inputs = {"name": "a", "tags": {"team": "flights"}, "subnets": ["s-1"]}
    assert compare(inputs, dict(inputs), replace_on=set()).changes == {}


def test_a_difference_is_told_where_it_lies() -> None:
    old = {"tags": {"team": "flights", "owner": "a"}, "rules": [{"prefix": "x"}], "gone": 1}
    new = {"tags": {"team": "vision", "use_case": "b"}, "rules": [{"prefix": "y"}], "added": 2}
    assert compare(old, new, replace_on=set()).changes == {
        "added": "add",
        "gone": "delete",
        "rules[0].prefix": "update",
        "tags.owner": "delete",
        "tags.team": "update",
        "tags.use_case": "add",
    }


def test_only_a_changed_input_replaces() -> None:
    old, new = {"name": "a", "role": "r"}, {"name": "a", "role": "s"}
    assert compare(old, new, replace_on={"name"}).replaces == frozenset()
    assert compare(old, new, replace_on={"role"}).replaces == {"role"}


def test_a_nested_change_replaces_by_the_input_it_lies_in() -> None:
    old, new = {"online": {"key": "a"}}, {"online": {"key": "b"}}
    assert compare(old, new, replace_on={"online"}).replaces == {"online"}


def test_what_is_not_known_yet_may_change() -> None:
    assert compare({"arn": "a"}, {"arn": UNKNOWN}, replace_on={"arn"}).replaces == {"arn"}


def test_an_ignored_input_changes_nothing() -> None:
    difference = compare({"size": 1}, {"size": 2}, replace_on={"size"}, ignore=["size"])
    assert difference.changes == {}


@pytest.mark.parametrize("nothing", [None, [], {}])
def test_nothing_is_the_same_as_absence(nothing: object) -> None:
    assert compare({"tags": nothing}, {}, replace_on=set()).changes == {}


@pytest.mark.parametrize("something", [0, False, ""])
def test_a_false_value_is_not_absence(something: object) -> None:
    assert compare({}, {"size": something}, replace_on=set()).changes == {"size": "add"}


def test_archives_are_the_same_by_their_hash_alone() -> None:
    old = {SIGNATURE: ARCHIVE, "hash": "1"}
    assert same(old, {SIGNATURE: ARCHIVE, "hash": "1", "path": "code"})
    assert not same(old, {SIGNATURE: ARCHIVE, "hash": "2", "path": "code"})


def test_documents_are_the_same_however_they_are_spelled() -> None:
    assert same('{"a": 1, "b": [2]}', '{"b":[2],"a":1}')
    assert not same('{"a": 1}', '{"a": 2}')
    assert not same("{broken", "{broken too")


def test_a_refresh_takes_over_what_drifted_and_nothing_else() -> None:
    inputs = {"policy": '{"a": 1}', "size": 1, "tags": {"a": "b"}}
    before = {**inputs, "arn": "x"}
    after = {"policy": '{"a":1}', "size": 2, "tags": {"a": "b"}, "arn": "x"}
    assert refreshed(inputs, before, after) == {**inputs, "size": 2}


def test_a_refresh_drops_what_is_no_longer_there() -> None:
    assert refreshed({"size": 1}, {"size": 1}, {}) == {}
