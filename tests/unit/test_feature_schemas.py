from __future__ import annotations

from typing import Any

import pytest

from infra.feature_schemas import Schema, SchemaChangeError, breaking, describe, guard

FEATURES = {"id": "String", "at": "String", "seats": "Integral"}


def schema(group: str = "planes", **changes: Any) -> Schema:
    values = {
        "record_identifier": "id",
        "event_time": "at",
        "features": FEATURES,
        "offline_table": "glue",
        **changes,
    }
    return Schema(group=group, **values)


class Account:
    def __init__(self, *standing: Schema) -> None:
        self.standing = {one.group: one for one in standing}

    def of(self, group: str) -> Schema | None:
        return self.standing.get(group)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"features": {"id": "String", "at": "String"}}, "feature seats must stay, got none"),
        (
            {"features": {**FEATURES, "seats": "String"}},
            "feature seats must stay Integral, got String",
        ),
        ({"record_identifier": "seats"}, "record_identifier must stay 'id', got 'seats'"),
        ({"event_time": "id"}, "event_time must stay 'at', got 'id'"),
        ({"offline_table": "iceberg"}, "offline_table must stay 'glue', got 'iceberg'"),
    ],
)
def test_what_no_update_can_do_is_told_by_rule(changes: dict[str, Any], rule: str) -> None:
    (broken,) = breaking(schema(), schema(**changes))
    assert broken.startswith(rule)


def test_features_may_come_and_stand_in_any_order() -> None:
    grown = {"seats": "Integral", "engines": "Integral", "at": "String", "id": "String"}
    assert breaking(schema(), schema(features=grown)) == []


def test_a_feature_in_other_letters_is_another_feature() -> None:
    renamed = {"id": "String", "at": "String", "Seats": "Integral"}
    assert breaking(schema(), schema(features=renamed))


def test_a_refusal_names_every_group_and_tells_the_way() -> None:
    standing = Account(schema("planes"), schema("weather"))
    fewer = {"features": {"id": "String", "at": "String"}}
    with pytest.raises(SchemaChangeError) as told:
        guard([schema("planes", **fewer), schema("weather", **fewer), schema("new")], standing)
    for words in ("feature group planes:", "feature group weather:", "backfill", "new name"):
        assert words in str(told.value)


def test_a_group_that_does_not_stand_yet_may_be_anything() -> None:
    guard([schema("new")], Account())


@pytest.mark.parametrize(
    ("offline", "table"),
    [
        (None, None),
        ({"DisableGlueTableCreation": True}, "none"),
        ({"DisableGlueTableCreation": False, "TableFormat": "Glue"}, "glue"),
        ({"TableFormat": "Iceberg"}, "iceberg"),
    ],
)
def test_what_a_group_was_made_with_is_read_from_its_description(
    offline: dict[str, Any] | None, table: str | None
) -> None:
    described: dict[str, Any] = {
        "FeatureGroupName": "g",
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "at",
        "FeatureDefinitions": [],
    }
    if offline is not None:
        described["OfflineStoreConfig"] = offline
    assert Schema.described(described).offline_table == table


def test_every_page_of_the_features_counts() -> None:
    class Paged:
        def describe_feature_group(self, **asked: str) -> dict[str, Any]:
            if asked.get("NextToken") == "more":
                return {"FeatureDefinitions": [{"FeatureName": "b"}]}
            return {"FeatureDefinitions": [{"FeatureName": "a"}], "NextToken": "more"}

    found = describe(Paged(), "g")["FeatureDefinitions"]
    assert [one["FeatureName"] for one in found] == ["a", "b"]
