"""What becomes of resources; ``tests/engine/test_plan.py`` holds the same against the engine."""

from __future__ import annotations

from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.plan.compare import KNOWN_LATER, compare
from tests.engine import changing
from tests.engine.changing import Storage, declare
from tests.plan.support import changes, snapshot


def operations(**after: object) -> dict[str, str]:
    found = changes(declare, partial(declare, **after))  # type: ignore[arg-type]
    return {name: one.operation for name, one in found.items()}


def test_what_is_the_same_is_not_told() -> None:
    assert operations() == {}


def test_a_changed_input_is_told_where_it_lies() -> None:
    (change,) = changes(declare, partial(declare, timeout=20)).values()
    (cause,) = change.inputs
    assert (change.name, change.operation) == ("gate", "update")
    assert (cause.path, cause.old, cause.new, cause.replaces) == ("timeout", 10, 20, False)


def test_what_follows_a_replaced_resource_says_whom() -> None:
    found = changes(declare, partial(declare, path="/mlops/"))
    assert [cause.path for cause in found["runner"].inputs] == ["path"]
    assert found["runner"].operation == "replace"
    (follows,) = found["gate"].inputs
    assert follows.new == KNOWN_LATER
    assert follows.because == found["runner"].urn
    assert found["gate"].operation == "update"


@pytest.mark.parametrize(
    ("before", "after", "operation"),
    [
        (None, None, "move"),
        ("a-bucket", "a-bucket", "move"),
        ("a-bucket", "b-bucket", "replace"),
        ("a-bucket", None, "replace"),
        (None, "b-bucket", "replace"),
    ],
)
def test_an_alias_keeps_a_name_that_was_made_and_none_that_was_given(
    before: str | None, after: str | None, operation: str
) -> None:
    def bucket(name: str, physical: str | None, **options: Any) -> None:
        aws.s3.Bucket(name, bucket=physical, opts=pulumi.ResourceOptions(**options))

    renamed = partial(bucket, "newer", after, aliases=[pulumi.Alias(name="raw")])
    assert changes(partial(bucket, "raw", before), renamed)["newer"].operation == operation


def test_a_rename_loses_what_it_held_unless_an_alias_says_otherwise() -> None:
    lost = operations(storage=partial(Storage, "lake"))
    assert (lost["raw-data"], lost["lake-data"]) == ("delete", "create")
    kept = operations(storage=changing.renamed_component)
    assert set(kept.values()) == {"move"}


def test_an_ignored_tag_leaves_the_others_told() -> None:
    def topic(**tags: str) -> None:
        opts = pulumi.ResourceOptions(ignore_changes=["tags.owner"])
        aws.sns.Topic("news", tags=tags, opts=opts)

    before = partial(topic, owner="a", team="x")
    assert changes(before, partial(topic, owner="b", team="x")) == {}
    (change,) = changes(before, partial(topic, owner="b", team="y"))["news"].inputs
    assert (change.path, change.old, change.new) == ("tags.team", "x", "y")


def test_an_ignored_input_changes_nothing() -> None:
    def topic(name: str, **ignored: list[str]) -> None:
        opts = pulumi.ResourceOptions(**ignored)  # type: ignore[arg-type]
        aws.sns.Topic("news", display_name=name, opts=opts)

    ignoring = partial(topic, ignore_changes=["displayName"])
    assert changes(partial(ignoring, "a"), partial(ignoring, "b")) == {}
    forced = partial(topic, replace_on_changes=["displayName"])
    found = changes(partial(forced, "a"), partial(forced, "b"))
    assert found["news"].operation == "replace"


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [(True, True, True), (False, True, False), (True, False, False), (False, False, False)],
)
def test_what_is_replaced_is_protected_where_the_change_leaves_it_so(
    *, before: bool, after: bool, refused: bool
) -> None:
    def topic(*, protect: bool, fifo: bool) -> None:
        aws.sns.Topic("news", fifo_topic=fifo, opts=pulumi.ResourceOptions(protect=protect))

    found = changes(
        partial(topic, protect=before, fifo=False), partial(topic, protect=after, fifo=True)
    )
    assert (found["news"].operation, found["news"].protected) == ("replace", refused)


def test_what_is_deleted_is_protected_as_it_stood_before() -> None:
    def topic() -> None:
        aws.sns.Topic("news", opts=pulumi.ResourceOptions(protect=True))

    assert changes(topic, lambda: None)["news"].protected


def test_a_type_that_the_table_lacks_is_compared_and_says_so() -> None:
    def cluster(name: str) -> None:
        aws.elasticache.Cluster("cache", cluster_id=name)

    found = changes(partial(cluster, "a"), partial(cluster, "b"))
    assert (found["cache"].operation, found["cache"].known) == ("update", False)


def test_a_stack_that_comes_is_created_and_one_that_goes_deleted_in_reverse() -> None:
    whole = snapshot(declare)
    assert {one.operation for one in compare(None, whole)} == {"create"}
    gone = compare(whole, None)
    assert {one.operation for one in gone} == {"delete"}
    assert [one.urn for one in gone] == list(reversed(whole.resources))


def test_a_value_deep_inside_is_found_though_its_key_has_dots() -> None:
    def topic(value: str) -> None:
        aws.sns.Topic("news", tags={"a.b": value, "a": "c"})

    (change,) = changes(partial(topic, "1"), partial(topic, "2")).values()
    assert [(one.path, one.old, one.new) for one in change.inputs] == [("tags.a.b", "1", "2")]
