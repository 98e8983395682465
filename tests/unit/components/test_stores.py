from __future__ import annotations

import json
from typing import Any

import pytest

from components._iam_storage import key_policy
from components._place import Place
from components.artifact_store import ArtifactStore
from components.downstream import Downstream
from components.encryption_key import EncryptionKey
from components.feature_store import FeatureStore
from components.feature_stream import FeatureStream
from infra.emulator.iam.decision import Policies, Principal, Request, decide
from infra.graph.model import ResourceGraph
from tests import pretend
from tests.unit.components.support import KEY, WEATHER, allowed, args, declare

BUCKETS = ("raw", "features", "artifacts", "capture", "logs")
PLACE = Place(partition="aws-cn", region="cn-north-1", account_id="111122223333")


@pytest.fixture(scope="module")
def store() -> ResourceGraph:
    return declare(ArtifactStore)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_private_versioned_and_owned_by_its_account(
    store: ResourceGraph, bucket: str
) -> None:
    access = store[f"it-{bucket}-access"].inputs
    assert {key for key, value in access.items() if value is True} == {
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    }
    assert store[f"it-{bucket}-versioning"].inputs["versioningConfiguration"] == {
        "status": "Enabled"
    }
    assert store[f"it-{bucket}-ownership"].inputs["rule"] == {
        "objectOwnership": "BucketOwnerEnforced"
    }


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("key", ["project", "environment", "team"])
def test_a_bucket_refuses_roles_that_bear_other_tags(
    store: ResourceGraph, bucket: str, key: str
) -> None:
    """IAM knows no tags of buckets, and Pulumi names them: only they themselves can refuse."""
    own = {"project": "p", "environment": "test", "team": "t"}
    asked = ("s3:DeleteObject", f"arn:aws:s3:::it-{bucket}/a")
    assert reads(store, bucket, *asked, **own)
    assert reads(store, bucket, *asked), "whoever bears no such tags: an administrator"
    assert not reads(store, bucket, *asked, **{**own, key: "another"})


def test_the_next_environments_readers_are_refused_by_no_tag_of_theirs() -> None:
    after = Downstream(account_id="444455556666", role_names="t-prod-*-promotion")
    store = declare(ArtifactStore, downstream=after)
    tags = {"project": "p", "environment": "prod", "team": "t"}
    asked = ("s3:GetObject", "arn:aws:s3:::it-artifacts/a")
    reader = "arn:aws:iam::444455556666:role/t-prod-late-promotion"
    assert reads(store, "artifacts", *asked, role=reader, **tags)
    assert not reads(store, "artifacts", *asked, role=f"{reader}-2", **tags)
    assert not reads(store, "artifacts", *asked, role=reader, **{**tags, "team": "another"})


def reads(
    store: ResourceGraph, bucket: str, action: str, on: str, role: str = "", **tags: str
) -> bool:
    """Tell whether a role with these tags may, whose own policy allows everything."""
    everything = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    over_tls = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
    known = {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}
    held = Policies(identity=(everything,), resource=store[f"it-{bucket}-policy"].inputs["policy"])
    who = Principal("123456789012", (role or "arn:aws:iam::123456789012:role/any",))
    return bool(decide(Request(action, on, {**over_tls, **known}), who, held))


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_refuses_what_comes_in_the_clear(store: ResourceGraph, bucket: str) -> None:
    policy = json.loads(store[f"it-{bucket}-policy"].inputs["policy"])
    denied = [one for one in policy["Statement"] if one["Effect"] == "Deny"]
    arn = f"arn:aws:s3:::it-{bucket}"
    assert {"Bool": {"aws:SecureTransport": "false"}} in [one["Condition"] for one in denied]
    assert all(one["Action"] == ["s3:*"] for one in denied)
    assert all(one["Resource"] == [arn, f"{arn}/*"] for one in denied)


@pytest.mark.parametrize("bucket", BUCKETS[:-1])
def test_a_data_bucket_announces_objects_and_logs_access(store: ResourceGraph, bucket: str) -> None:
    assert store[f"it-{bucket}-notification"].inputs["eventbridge"] is True
    assert store[f"it-{bucket}-logging"].inputs["targetBucket"] == "it-logs"


def test_access_is_logged_only_once_the_log_bucket_takes_it(store: ResourceGraph) -> None:
    assert store["it-logs-policy"].urn in store["it-raw-logging"].dependencies


def test_the_log_bucket_logs_nothing_and_has_the_key_that_log_delivery_can_use(
    store: ResourceGraph,
) -> None:
    assert "it-logs-logging" not in {one.name for one in store.resources.values()}
    (rule,) = store["it-logs-encryption"].inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_only_captured_traffic_and_access_logs_expire(store: ResourceGraph) -> None:
    expiring = {
        one.name: rule["expiration"]["days"]
        for one in store.resources.values()
        for rule in one.inputs.get("rules", [])
        if "expiration" in rule
    }
    assert expiring == {"it-capture-lifecycle": 365, "it-logs-lifecycle": 365}


def test_what_holds_data_is_protected_and_nothing_else(store: ResourceGraph) -> None:
    protected = {one.name for one in store.resources.values() if one.protect}
    keys = {f"it-{bucket}-data-key" for bucket in BUCKETS[:-1]}
    assert protected == keys | {f"it-{bucket}" for bucket in BUCKETS}


@pytest.mark.parametrize("bucket", BUCKETS[:-1])
def test_each_class_of_data_has_a_key_of_its_own(store: ResourceGraph, bucket: str) -> None:
    (rule,) = store[f"it-{bucket}-encryption"].inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": f"arn:aws:mock:us-east-1:123456789012:it-{bucket}-data-key",
    }


@pytest.mark.parametrize("bucket", BUCKETS[:-1])
def test_a_data_key_is_used_on_behalf_of_services_that_hold_the_data(
    store: ResourceGraph, bucket: str
) -> None:
    (use,) = (
        one
        for one in json.loads(store[f"it-{bucket}-data-key"].inputs["policy"])["Statement"]
        if "kms:Decrypt" in one["Action"]
    )
    assert use["Condition"] == {
        "StringEquals": {
            "kms:ViaService": [
                "s3.us-east-1.amazonaws.com",
                "sagemaker.us-east-1.amazonaws.com",
                "ec2.us-east-1.amazonaws.com",
            ]
        }
    }


def test_a_protected_store_cannot_be_one_that_empties_itself() -> None:
    with pytest.raises(
        ValueError, match="force_destroy must be false with deletion_protection, got true"
    ):
        args(ArtifactStore, force_destroy=True)


def test_a_key_rotates_and_leaves_the_say_to_this_accounts_iam() -> None:
    key = declare(EncryptionKey)["it-key"].inputs
    assert key["enableKeyRotation"] is True
    for statement in json.loads(key["policy"])["Statement"]:
        assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


def test_a_key_tells_administration_from_use_and_can_always_be_given_another_policy() -> None:
    administer, use, lend = json.loads(key_policy(PLACE))["Statement"]
    assert "kms:PutKeyPolicy" in administer["Action"]
    assert "Condition" not in administer, "a condition could shut everyone out"
    assert not {"kms:Decrypt", "kms:Encrypt", "kms:CreateGrant"} & set(administer["Action"])
    assert "kms:Decrypt" in use["Action"]
    assert not set(administer["Action"]) & set(use["Action"])
    assert lend["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    actions = [action for one in (administer, use, lend) for action in one["Action"]]
    assert not [action for action in actions if "*" in action]


def test_a_service_uses_the_key_for_this_account_alone() -> None:
    *_, logs, events = json.loads(key_policy(PLACE, services=["logs", "events"]))["Statement"]
    assert logs["Principal"] == {"Service": "logs.cn-north-1.amazonaws.com"}
    assert logs["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": (
                "arn:aws-cn:logs:cn-north-1:111122223333:log-group:*"
            )
        }
    }
    assert events["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_a_service_that_acts_with_roles_gets_no_part_of_the_key() -> None:
    with pytest.raises(
        ValueError,
        match=r"services must be of \['budgets', .*\], got 's3'",
    ):
        key_policy(PLACE, services=["s3"])


def test_a_feature_group_has_both_stores_encrypted_and_no_glue_table() -> None:
    group = declare(FeatureStore)["it-weather"].inputs
    assert group["featureGroupName"] == "test-weather"
    assert group["onlineStoreConfig"] == {
        "enableOnlineStore": True,
        "securityConfig": {"kmsKeyId": KEY},
    }
    assert group["offlineStoreConfig"] == {
        "s3StorageConfig": {"s3Uri": "s3://offline/features/late", "kmsKeyId": KEY},
        "disableGlueTableCreation": True,
    }
    assert group["featureDefinitions"][2] == {
        "featureName": "temp",
        "featureType": "Fractional",
    }


@pytest.mark.parametrize(("table", "format_"), [("glue", None), ("iceberg", "Iceberg")])
def test_an_offline_table_is_kept_in_glue_and_nowhere_else(table: str, format_: str | None) -> None:
    graph = declare(FeatureStore, offline_table=table)
    offline = graph["it-weather"].inputs["offlineStoreConfig"]
    assert offline["disableGlueTableCreation"] is False
    assert offline.get("tableFormat") == format_
    assert allowed(graph, "it-policy")["glue:CreateTable"] == [
        "arn:aws:glue:us-east-1:123456789012:catalog",
        "arn:aws:glue:us-east-1:123456789012:database/sagemaker_featurestore",
        "arn:aws:glue:us-east-1:123456789012:table/sagemaker_featurestore/*",
    ]
    assert "glue:CreateTable" not in allowed(declare(FeatureStore), "it-policy")


def test_an_offline_table_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"offline_table must be one of .*, got 'hudi'"):
        args(FeatureStore, offline_table="hudi")


def test_a_group_keeps_its_definitions_and_a_resource_beside_it_adds_to_them() -> None:
    graph = declare(FeatureStore)
    assert graph["it-weather"].ignore_changes == ("featureDefinitions",)
    definitions = graph["it-weather-definitions"].inputs
    assert definitions["featureGroupName"] == "test-weather"
    assert {"featureName": "temp", "featureType": "Fractional"} in definitions["featureDefinitions"]


def test_the_function_of_a_stream_reads_it_and_writes_one_group() -> None:
    graph = declare(FeatureStream)
    reach = allowed(graph, "it-policy")
    assert reach["kinesis:GetRecords"] == [graph_arn("it-stream")]
    assert reach["sagemaker:PutRecord"] == [
        "arn:aws:sagemaker:us-east-1:123456789012:feature-group/test-weather"
    ]
    source = graph["it-source"].inputs
    assert source["bisectBatchOnFunctionError"] is True
    assert source["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["destinationConfig"]["onFailure"]["destinationArn"] == graph_arn("it-failed")


@pytest.mark.parametrize(("shards", "mode"), [(None, "ON_DEMAND"), (2, "PROVISIONED")])
def test_a_stream_counts_its_own_shards_unless_told(shards: int | None, mode: str) -> None:
    stream = declare(FeatureStream, shard_count=shards)["it-stream"].inputs
    assert (stream.get("shardCount"), stream["streamModeDetails"]) == (
        shards,
        {"streamMode": mode},
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"retention_hours": 12}, "retention_hours must be 24-8760, got 12"),
        ({"shard_count": 0}, "shard_count must be at least 1, got 0"),
    ],
)
def test_a_stream_that_kinesis_would_refuse_is_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        args(FeatureStream, **change)


def graph_arn(name: str) -> str:
    return f"arn:aws:mock:us-east-1:123456789012:{name}"


def test_a_feature_group_waits_for_the_role_to_reach_its_bucket() -> None:
    graph = declare(FeatureStore)
    assert graph["it-policy"].urn in graph["it-weather"].dependencies


def test_the_feature_store_writes_below_its_prefix_only() -> None:
    assert allowed(declare(FeatureStore), "it-policy")["s3:PutObject"] == [
        "arn:aws:s3:::offline/features/late/*"
    ]


@pytest.mark.parametrize("protected", [True, False])
def test_a_feature_group_is_protected_as_asked(protected: bool) -> None:  # noqa: FBT001
    assert declare(FeatureStore, deletion_protection=protected)["it-weather"].protect is protected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"record_identifier": "day"}, r"record_identifier of weather must be one of .*'day'"),
        ({"event_time": "when"}, r"event_time of weather must be one of .*, got 'when'"),
        ({"features": {"hour": "String", "at": "Text"}}, r"at of weather must be .*, got 'Text'"),
        (
            {"features": {**WEATHER.features, "Write_Time": "String"}},
            r"features of weather must be none of .*, got 'Write_Time'",
        ),
        (
            {"features": {**WEATHER.features, "Temp": "String"}},
            "features of weather must differ in more than case, got 'Temp' again",
        ),
        (
            {"features": {**WEATHER.features, **dict.fromkeys(map(str, range(2500)), "String")}},
            "features of weather must be 1-2500, got 2503",
        ),
    ],
)
def test_a_schema_that_sagemaker_would_refuse_is_refused(
    change: dict[str, Any], message: str
) -> None:
    fields = {name: getattr(WEATHER, name) for name in WEATHER.__dataclass_fields__}
    with pytest.raises(ValueError, match=message):
        args(FeatureStore, groups=[type(WEATHER)(**(fields | change))])


def test_a_bucket_known_only_later_still_previews() -> None:
    preview = declare(ArtifactStore, run=pretend.plan)
    assert preview["it-raw-versioning"].dependencies == (preview["it-raw"].urn,)
