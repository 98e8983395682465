"""The offline store: every event, as Parquet, where SageMaker puts it."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from tests.emulator.feature_store.conftest import BUCKET, Store


def files(store: Store, group: str) -> dict[str, pa.Table]:
    """Return what lies under the group's path, by the rest of the key."""
    description = store.sagemaker.describe_feature_group(FeatureGroupName=group)
    uri = description["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    prefix = uri.removeprefix(f"s3://{BUCKET}/") + "/"
    listed = store.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {
        item["Key"].removeprefix(prefix): pq.read_table(
            io.BytesIO(store.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read())
        )
        for item in listed
    }


def test_every_event_is_appended_also_the_late_one(store: Store) -> None:
    store.create("history")
    store.put("history", 5, id="a", seats=5)
    store.put("history", 4, id="a", seats=4)
    store.emulator.settle()
    found = files(store, "history")
    assert sorted(name.rsplit("/", 1)[0] for name in found) == [
        "year=2013/month=01/day=04/hour=00",
        "year=2013/month=01/day=05/hour=00",
    ]
    assert sorted(table["seats"][0].as_py() for table in found.values()) == [4, 5]


def test_columns_have_the_declared_types_and_the_service_columns(store: Store) -> None:
    store.create("typed")
    store.put("typed", 1, id="a", seats=5)
    store.emulator.settle()
    (table,) = files(store, "typed").values()
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds == {
        "id": "string",
        "event_time": "string",
        "seats": "int64",
        "temp": "double",
        "write_time": "timestamp[ms, tz=UTC]",
        "api_invocation_time": "timestamp[ms, tz=UTC]",
        "is_deleted": "bool",
    }
    assert table["temp"].null_count == 1


def test_a_deletion_leaves_its_marker(store: Store) -> None:
    store.create("marked")
    store.runtime.delete_record(
        FeatureGroupName="marked",
        RecordIdentifierValueAsString="a",
        EventTime="2013-01-03T00:00:00Z",
    )
    store.emulator.settle()
    (table,) = files(store, "marked").values()
    row = table.to_pylist()[0]
    assert (row["id"], row["is_deleted"], row["seats"]) == ("a", True, None)


def test_a_target_store_limits_where_a_record_goes(store: Store) -> None:
    store.create("targeted")
    for target in ("OnlineStore", "OfflineStore"):
        store.runtime.put_record(
            FeatureGroupName="targeted",
            Record=[
                {"FeatureName": "id", "ValueAsString": target},
                {"FeatureName": "event_time", "ValueAsString": "2013-01-01T00:00:00Z"},
            ],
            TargetStores=[target],
        )
    store.emulator.settle()
    (table,) = files(store, "targeted").values()
    assert table["id"].to_pylist() == ["OfflineStore"]
    assert store.get("targeted", "OfflineStore") == {}


@pytest.mark.parametrize("missing", ["OnlineStoreConfig", "OfflineStoreConfig"])
def test_a_group_without_a_store_refuses_it_as_target(store: Store, missing: str) -> None:
    name = f"without-{missing[:6].lower()}"
    changes: dict[str, Any] = {missing: None}
    store.create(name, **changes)
    with pytest.raises(ClientError, match=f"has no {missing.removesuffix('Config')}"):
        store.runtime.put_record(
            FeatureGroupName=name,
            Record=[
                {"FeatureName": "id", "ValueAsString": "a"},
                {"FeatureName": "event_time", "ValueAsString": "2013-01-01T00:00:00Z"},
            ],
            TargetStores=[missing.removesuffix("Config")],
        )


def test_an_added_feature_becomes_a_column(store: Store) -> None:
    store.create("growing")
    store.put("growing", 1, id="a", seats=1)
    store.sagemaker.update_feature_group(
        FeatureGroupName="growing",
        FeatureAdditions=[{"FeatureName": "engines", "FeatureType": "Integral"}],
    )
    store.emulator.settle()
    store.put("growing", 2, id="a", seats=1, engines=4)
    store.emulator.settle()
    engines = [
        table.to_pylist()[0].get("engines") for _, table in sorted(files(store, "growing").items())
    ]
    assert engines == [None, 4]
