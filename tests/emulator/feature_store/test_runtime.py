"""Records: by event time, typed, batched, expiring, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.feature_store.conftest import Store, record


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_an_older_event_does_not_overwrite_the_online_record(store: Store) -> None:
    store.create("older")
    store.put("older", 5, id="a", seats=5)
    store.put("older", 4, id="a", seats=4)
    assert store.get("older", "a")["seats"] == "5"


def test_a_newer_event_replaces_the_whole_record(store: Store) -> None:
    store.create("newer")
    store.put("newer", 1, id="a", seats=1, temp=2.5)
    store.put("newer", 2, id="a", seats=2)
    assert store.get("newer", "a") == {
        "id": "a",
        "event_time": "2013-01-02T00:00:00Z",
        "seats": "2",
    }


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"id": "a", "altitude": 1}, "feature altitude is not defined in feature group checked"),
        ({"id": "a", "seats": 1.5}, "Integral feature seats must be a 64-bit integer, got '1.5'"),
        ({"id": "a", "seats": 2**63}, "must be a 64-bit integer"),
        ({"id": "a", "temp": "warm"}, "Fractional feature temp must be a finite number"),
        ({"seats": 1}, "record has no value for feature id"),
        ({"id": "a", "event_time": "2013-01-01"}, "event time feature event_time must be"),
        ({"id": "a", "event_time": "2013-13-01T00:00:00Z"}, "must be a time"),
    ],
)
def test_a_record_that_does_not_fit_its_group_is_refused(
    store: Store, values: dict[str, Any], words: str
) -> None:
    if not store.sagemaker.list_feature_groups(NameContains="checked")["FeatureGroupSummaries"]:
        store.create("checked")
    with pytest.raises(ClientError, match="ValidationError") as refused:
        store.put("checked", 1, **values)
    assert words in str(refused.value)
    assert store.get("checked", "a") == {}


def test_an_unknown_group_is_not_found(store: Store) -> None:
    with pytest.raises(ClientError) as refused:
        store.get("nowhere", "a")
    assert code(refused) == "ResourceNotFound"


def test_a_group_is_found_by_its_arn_as_by_its_name(store: Store) -> None:
    arn = store.create("by-arn")
    store.put(arn, 1, id="a", seats=3)
    assert store.get("by-arn", "a")["seats"] == "3"
    assert store.get(arn, "a") == store.get("by-arn", "a")


def test_only_the_features_asked_for_come_back(store: Store) -> None:
    store.create("some")
    store.put("some", 1, id="a", seats=3, temp=1.0)
    assert store.get("some", "a", FeatureNames=["seats"]) == {"seats": "3"}
    with pytest.raises(ClientError, match="feature altitude is not defined"):
        store.get("some", "a", FeatureNames=["altitude"])


def test_a_batch_is_read_across_groups_and_tells_what_failed(store: Store) -> None:
    store.create("batch-a")
    store.create("batch-b")
    store.put("batch-a", 1, id="1", seats=1)
    store.put("batch-b", 1, id="2", seats=2)
    answer = store.runtime.batch_get_record(
        Identifiers=[
            {"FeatureGroupName": "batch-a", "RecordIdentifiersValueAsString": ["1", "missing"]},
            {"FeatureGroupName": "batch-b", "RecordIdentifiersValueAsString": ["2"]},
            {"FeatureGroupName": "gone", "RecordIdentifiersValueAsString": ["3"]},
        ]
    )
    found = {(r["FeatureGroupName"], r["RecordIdentifierValueAsString"]) for r in answer["Records"]}
    assert found == {("batch-a", "1"), ("batch-b", "2")}
    assert [(e["FeatureGroupName"], e["ErrorCode"]) for e in answer["Errors"]] == [
        ("gone", "ResourceNotFound")
    ]
    assert answer["UnprocessedIdentifiers"] == []


def test_more_than_a_hundred_records_are_not_read_at_once(store: Store) -> None:
    store.create("hundred")
    asked = {"FeatureGroupName": "hundred", "RecordIdentifiersValueAsString": ["x"] * 51}
    with pytest.raises(ClientError, match=r"must be 1-100, got 102"):
        store.runtime.batch_get_record(Identifiers=[asked, asked])


def test_a_refused_entry_does_not_hold_up_the_batch(store: Store) -> None:
    store.create("entries")
    good, bad = record(1, id="good", seats=1), record(1, id="bad", seats="many")
    answer = store.runtime.batch_write_record(
        Entries=[{"FeatureGroupName": "entries", "Record": r} for r in (bad, good)]
    )
    assert [error["Entry"]["Record"] for error in answer["Errors"]] == [bad]
    assert answer["UnprocessedEntries"] == []
    assert store.get("entries", "good")["seats"] == "1"
    assert store.get("entries", "bad") == {}


def test_a_record_is_gone_after_its_time_to_live(store: Store) -> None:
    store.create("lasting")
    day = {"Unit": "Days", "Value": 365 * 100}
    second = {"Unit": "Seconds", "Value": 1}
    for name, ttl in (("long", day), ("short", second)):
        store.runtime.put_record(
            FeatureGroupName="lasting", Record=record(1, id=name), TtlDuration=ttl
        )
    assert store.get("lasting", "short") == {}
    answer = store.runtime.get_record(
        FeatureGroupName="lasting",
        RecordIdentifierValueAsString="long",
        ExpirationTimeResponse="Enabled",
    )
    assert answer["ExpiresAt"] == "2112-12-08T00:00:00Z"


def test_a_soft_delete_hides_and_a_hard_delete_forgets(store: Store) -> None:
    store.create("deleting")
    for name in ("soft", "hard"):
        store.put("deleting", 1, id=name, seats=1)
        store.runtime.delete_record(
            FeatureGroupName="deleting",
            RecordIdentifierValueAsString=name,
            EventTime="2013-01-03T00:00:00Z",
            DeletionMode=f"{name.title()}Delete",
        )
        assert store.get("deleting", name) == {}
        store.put("deleting", 2, id=name, seats=2)
    assert store.get("deleting", "soft") == {}
    assert store.get("deleting", "hard")["seats"] == "2"


def test_a_hard_delete_with_an_older_event_time_is_refused(store: Store) -> None:
    store.create("refusing")
    store.put("refusing", 5, id="a", seats=1)
    arguments = {
        "FeatureGroupName": "refusing",
        "RecordIdentifierValueAsString": "a",
        "EventTime": "2013-01-01T00:00:00Z",
    }
    with pytest.raises(ClientError, match="older"):
        store.runtime.delete_record(**arguments, DeletionMode="HardDelete")
    store.runtime.delete_record(**arguments)
    assert store.get("refusing", "a")["seats"] == "1"


def test_records_are_listed_page_by_page(store: Store) -> None:
    store.create("listed")
    for name in "cab":
        store.put("listed", 1, id=name)
    first = store.runtime.list_records(FeatureGroupName="listed", MaxResults=2)
    rest = store.runtime.list_records(FeatureGroupName="listed", NextToken=first["NextToken"])
    assert (first["RecordIdentifiers"], rest["RecordIdentifiers"]) == (["a", "b"], ["c"])


def test_an_update_changes_what_it_names(store: Store) -> None:
    online = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    store.create("updated", OnlineStoreConfig=online)
    store.put("updated", 1, id="a", seats=1, temp=2.5)
    store.runtime.update_record(
        FeatureGroupName="updated",
        RecordIdentifierValueAsString="a",
        Features=[{"FeatureName": "seats", "ValueAsString": "9"}],
    )
    assert store.get("updated", "a") | {"event_time": ""} == {
        "id": "a",
        "event_time": "",
        "seats": "9",
        "temp": "2.5",
    }


def test_a_standard_store_does_not_update_records(store: Store) -> None:
    store.create("standard")
    store.put("standard", 1, id="a")
    with pytest.raises(ClientError, match="UpdateRecord needs StorageType"):
        store.runtime.update_record(
            FeatureGroupName="standard",
            RecordIdentifierValueAsString="a",
            Features=[{"FeatureName": "seats", "ValueAsString": "9"}],
        )
