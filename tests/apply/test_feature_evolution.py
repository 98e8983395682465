"""A feature store that stands on the emulator while its schema grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pulumi_aws as aws
import pytest

from components.feature_store import FeatureGroupDefinition, FeatureStore, FeatureStoreArgs
from infra.apply.up import up
from infra.emulator.server import Emulator
from infra.feature_schemas import AccountSchemas, Schema, SchemaChangeError, guard
from pipelines.shared.steps import offline, storage
from tests.apply.conftest import Declared
from tests.unit.components.support import TAGS

GROUP = "evolving-weather"
SCHEMA = {"hour": "String", "event_time": "String", "temp": "Fractional"}
GROWN = {"hour": "String", "event_time": "String", "gusts": "Integral", "temp": "Fractional"}


@dataclass(frozen=True)
class Store:
    emulator: Emulator

    def up(self, features: dict[str, str], note: str = "none") -> Any:
        return up(Declared(declare=lambda: declare(features, note)), self.emulator.endpoint_url)

    def put(self, hour: str, month: int, **values: str) -> dict[str, str]:
        record = {"hour": hour, "event_time": f"2013-{month:02d}-05T14:00:00Z", **values}
        self.client("sagemaker-featurestore-runtime").put_record(
            FeatureGroupName=GROUP,
            Record=[{"FeatureName": n, "ValueAsString": v} for n, v in record.items()],
        )
        return record

    def get(self, hour: str) -> dict[str, str]:
        found = self.client("sagemaker-featurestore-runtime").get_record(
            FeatureGroupName=GROUP, RecordIdentifierValueAsString=hour
        )
        return {one["FeatureName"]: one["ValueAsString"] for one in found.get("Record", [])}

    def client(self, service: str) -> Any:
        return self.emulator.context.client(service, "us-east-1")


def declare(features: dict[str, str], note: str) -> None:
    aws.sns.Topic("first", tags={"note": note})
    key = aws.kms.Key("key", description="test")
    bucket = aws.s3.Bucket("data", bucket="evolving-offline")
    FeatureStore(
        "store",
        FeatureStoreArgs(
            name_prefix="evolving",
            groups=[
                FeatureGroupDefinition(
                    name="weather",
                    description="Weather.",
                    record_identifier="hour",
                    event_time="event_time",
                    features=features,
                )
            ],
            bucket=bucket.bucket,
            prefix="features",
            key_arn=key.arn,
            tags=TAGS,
        ),
    )


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Emulator(workspace=tmp_path_factory.mktemp("workspace")) as emulator:
        yield Store(emulator)


def test_a_schema_grows_in_place_and_what_it_cannot_become_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not store.up(SCHEMA).failed
    old = [store.put("JFK|1", 1, temp="3.5"), store.put("JFK|2", 2, temp="4.5")]
    store.emulator.settle()

    grown = store.up(GROWN)
    assert not grown.failed
    assert [urn.rsplit("::", 1)[1] for urn in grown.updated] == ["store-weather-definitions"]
    assert grown.changes == 1
    assert store.up(GROWN).changes == 0
    assert [store.get("JFK|1"), store.get("JFK|2")] == old
    new = store.put("JFK|3", 2, temp="5.5", gusts="41")
    assert store.get("JFK|3") == new
    store.emulator.settle()

    seen = read(store, monkeypatch).set_index("key")
    assert seen["temp"].to_dict() == {"JFK|1": 3.5, "JFK|2": 4.5, "JFK|3": 5.5}
    assert seen["gusts"].isna().to_dict() == {"JFK|1": True, "JFK|2": True, "JFK|3": False}
    assert seen.loc["JFK|3", "gusts"] == 41

    for broken, rule in (
        (SCHEMA, "feature gusts must stay, got none"),
        ({**GROWN, "temp": "String"}, "feature temp must stay Fractional, got String"),
    ):
        refused = store.up(broken, note="changed with it")
        assert any(rule in failure.message for failure in refused.failed)
        assert refused.changes == 0
        declared = Schema(
            group=GROUP, record_identifier="hour", event_time="event_time", features=broken
        )
        with pytest.raises(SchemaChangeError, match=rule):
            guard([declared], AccountSchemas("us-east-1"))
    assert store.get("JFK|1") == old[0]


def read(store: Store, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Read as a training does."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.emulator.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    storage.client.cache_clear()
    store.client("s3").create_bucket(Bucket="kept")
    try:
        return offline.read_group(GROUP, "hour", ["temp", "gusts"], "kept")[0]
    finally:
        storage.client.cache_clear()
