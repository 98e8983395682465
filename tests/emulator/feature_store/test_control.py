"""Feature groups: created, described, updated in place, deleted; what AWS refuses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.feature_store.conftest import Store

STRING = {"FeatureType": "String"}


def test_a_group_reads_back_as_it_was_created(store: Store) -> None:
    online = {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Weeks", "Value": 2}}
    store.create("read-back", Description="rows", OnlineStoreConfig=online)
    found = store.sagemaker.describe_feature_group(FeatureGroupName="read-back")
    assert found["FeatureGroupStatus"] == "Created"
    assert found["Description"] == "rows"
    assert found["OnlineStoreConfig"] == {**online, "StorageType": "Standard"}
    assert found["OfflineStoreStatus"] == {"Status": "Active"}
    epoch = int(found["CreationTime"].timestamp())
    assert found["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"] == (
        f"s3://features/offline/123456789012/sagemaker/us-east-1/offline-store/read-back-{epoch}/data"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"RecordIdentifierFeatureName": "key"}, "RecordIdentifierFeatureName key must be one of"),
        ({"EventTimeFeatureName": "when"}, "EventTimeFeatureName when must be one of"),
        ({"EventTimeFeatureName": "seats"}, "must be String or Fractional, got Integral"),
        ({"OnlineStoreConfig": None, "OfflineStoreConfig": None}, "At least one of"),
        ({"RoleArn": None}, "RoleArn must be provided"),
        ({"FeatureGroupName": "-bad-"}, "failed to satisfy constraint"),
    ],
)
def test_an_impossible_group_is_refused(store: Store, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match="ValidationException") as refused:
        store.create("impossible", **changes)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["is_deleted"], "FeatureName is_deleted is reserved"),
        (["twice", "Twice"], "FeatureName Twice must be unique"),
        (["no spaces"], "failed to satisfy constraint"),
    ],
)
def test_an_impossible_feature_is_refused(store: Store, names: list[str], words: str) -> None:
    definitions = [{"FeatureName": n, **STRING} for n in ("id", "event_time", *names)]
    with pytest.raises(ClientError) as refused:
        store.create("features-of", FeatureDefinitions=definitions)
    assert words in str(refused.value)


def test_a_second_group_of_the_name_is_refused(store: Store) -> None:
    store.create("once")
    with pytest.raises(ClientError) as refused:
        store.create("once")
    assert refused.value.response["Error"]["Code"] == "ResourceInUse"


def test_a_bucket_that_is_not_there_fails_the_group_and_says_so(store: Store) -> None:
    offline = {"S3StorageConfig": {"S3Uri": "s3://nowhere-at-all/x"}}
    store.create("bucketless", OfflineStoreConfig=offline)
    found = store.sagemaker.describe_feature_group(FeatureGroupName="bucketless")
    assert found["FeatureGroupStatus"] == "CreateFailed"
    assert "nowhere-at-all" in found["FailureReason"]


def test_features_are_added_and_never_taken_away(store: Store) -> None:
    store.create("additions")
    addition = {"FeatureName": "engines", "FeatureType": "Integral"}
    update = store.sagemaker.update_feature_group
    update(FeatureGroupName="additions", FeatureAdditions=[addition])
    store.emulator.settle()
    found = store.sagemaker.describe_feature_group(FeatureGroupName="additions")
    assert found["FeatureDefinitions"][-1] == addition
    assert found["LastUpdateStatus"] == {"Status": "Successful"}
    retyped = {"FeatureName": "engines", "FeatureType": "String"}
    with pytest.raises(ClientError, match="engines must be unique"):
        update(FeatureGroupName="additions", FeatureAdditions=[retyped])
    many = [{"FeatureName": f"f{number}", **STRING} for number in range(101)]
    with pytest.raises(ClientError, match="FeatureAdditions must be 1-100, got 101"):
        update(FeatureGroupName="additions", FeatureAdditions=many)


def test_the_time_to_live_of_a_group_can_change(store: Store) -> None:
    store.create("ttl")
    ttl = {"Unit": "Days", "Value": 7}
    store.sagemaker.update_feature_group(
        FeatureGroupName="ttl", OnlineStoreConfig={"TtlDuration": ttl}
    )
    found = store.sagemaker.describe_feature_group(FeatureGroupName="ttl")
    assert found["OnlineStoreConfig"]["TtlDuration"] == ttl
    store.put("ttl", 1, id="a")
    assert store.get("ttl", "a") == {}


def test_feature_metadata_is_kept(store: Store) -> None:
    store.create("described")
    key = {"FeatureGroupName": "described", "FeatureName": "seats"}
    store.sagemaker.update_feature_metadata(
        **key, Description="seats sold", ParameterAdditions=[{"Key": "team", "Value": "flights"}]
    )
    found = store.sagemaker.describe_feature_metadata(**key)
    assert found["Description"] == "seats sold"
    assert found["Parameters"] == [{"Key": "team", "Value": "flights"}]


def test_groups_are_listed_by_name_and_state(store: Store) -> None:
    store.create("list-b")
    store.create("list-a")
    found = store.sagemaker.list_feature_groups(
        NameContains="list-", FeatureGroupStatusEquals="Created", SortBy="Name"
    )
    names = [row["FeatureGroupName"] for row in found["FeatureGroupSummaries"]]
    assert names == ["list-a", "list-b"]


def test_a_deleted_group_leaves_only_what_lies_on_s3(store: Store) -> None:
    store.create("passing")
    store.put("passing", 1, id="a", seats=1)
    store.sagemaker.delete_feature_group(FeatureGroupName="passing")
    with pytest.raises(ClientError) as gone:
        store.sagemaker.describe_feature_group(FeatureGroupName="passing")
    assert gone.value.response["Error"]["Code"] == "ResourceNotFound"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        store.get("passing", "a")
    listed = store.s3.list_objects_v2(Bucket="features", Prefix="offline/")["Contents"]
    assert any("/passing-" in item["Key"] for item in listed)
    store.create("passing")
    assert store.get("passing", "a") == {}


def test_groups_that_are_made_at_once_share_the_glue_database(store: Store) -> None:
    offline = {"S3StorageConfig": {"S3Uri": "s3://features/offline"}}
    names = [f"beside-{number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: store.create(name, OfflineStoreConfig=offline), names))
    for name in names:
        found = store.sagemaker.describe_feature_group(FeatureGroupName=name)
        assert found["FeatureGroupStatus"] == "Created", found.get("FailureReason")


def test_a_group_gets_its_glue_table_unless_it_wants_none(store: Store, client: Any) -> None:
    offline = {"S3StorageConfig": {"S3Uri": "s3://features/offline"}}
    store.create("with-table", OfflineStoreConfig=offline)
    found = store.sagemaker.describe_feature_group(FeatureGroupName="with-table")
    names = found["OfflineStoreConfig"]["DataCatalogConfig"]
    table = client("glue").get_table(DatabaseName=names["Database"], Name=names["TableName"])
    columns = {c["Name"]: c["Type"] for c in table["Table"]["StorageDescriptor"]["Columns"]}
    assert columns["seats"] == "bigint"
    added = {"FeatureName": "gusts", "FeatureType": "Fractional"}
    store.sagemaker.update_feature_group(FeatureGroupName="with-table", FeatureAdditions=[added])
    store.emulator.settle()
    table = client("glue").get_table(DatabaseName=names["Database"], Name=names["TableName"])
    columns = {c["Name"]: c["Type"] for c in table["Table"]["StorageDescriptor"]["Columns"]}
    assert columns["gusts"] == "double"
    store.create("without-table")
    found = store.sagemaker.describe_feature_group(FeatureGroupName="without-table")
    assert "DataCatalogConfig" not in found["OfflineStoreConfig"]
