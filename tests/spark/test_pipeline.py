"""The feature pipeline with Spark, as compiled, runs on the emulator into the feature store."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from infra.demo.year import Year
from infra.emulator.server import Emulator
from pipelines.compile import compile_use_case
from pipelines.compiled import CompiledUseCase
from tests.pipelines.support import PREFIX, SETTINGS, Stack, failures
from tests.spark.environment import needs_spark
from tests.spark.test_features import KINDS, MONTH, Case, alone, broken, days

pytestmark = [pytest.mark.spark, needs_spark]

CLUSTER = dataclasses.replace(
    SETTINGS,
    features_engine="spark",
    features_instance_type="ml.m5.xlarge",
    features_instance_count=2,
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledUseCase:
    return compile_use_case("flights", CLUSTER, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def stack(compiled: CompiledUseCase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Emulator(workspace=tmp_path_factory.mktemp("workspace")) as emulator:
        yield Stack(emulator, compiled)


def test_the_feature_store_holds_what_one_machine_would_have_written(
    stack: Stack, tmp_path: Path
) -> None:
    files = days(Year().month(11).files, range(1, 5))

    status, steps = stack.run("features", BatchMarker=stack.feed(broken(files), b"", MONTH))
    assert status == "Failed"
    assert set(steps) == {"Extract", "Spark"}
    logs = stack.client("logs")
    [stream] = [
        one["logStreamName"]
        for one in logs.describe_log_streams(logGroupName="/aws/sagemaker/ProcessingJobs")[
            "logStreams"
        ]
        if "Spark" in one["logStreamName"] and "/algo-1-" in one["logStreamName"]
    ]
    events = logs.get_log_events(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamName=stream, limit=1000
    )["events"]
    assert any("data check failed: flights.flight_id_unique" in one["message"] for one in events)
    [online] = stack.client("cloudwatch").list_metrics(MetricName="DataQualityViolations")[
        "Metrics"
    ]
    assert {"Name": "UseCase", "Value": "flights"} in online["Dimensions"]

    status, steps = stack.run("features", BatchMarker=stack.feed(files, b"", MONTH))
    assert status == "Succeeded", failures(steps)
    expected = alone(Case(files), tmp_path)["records"]
    runtime = stack.client("sagemaker-featurestore-runtime")
    for group, records in expected.items():
        rows = [json.loads(row) for row in records["rows"]]
        held = [record(runtime, group, row) for row in rows[:: len(rows) // 40]]
        assert held == [values(row) for row in rows[:: len(rows) // 40]]
    stack.context.work.wait_idle(timeout=60)
    for group, records in expected.items():
        assert offline(stack, group) == sorted(
            (values(json.loads(row)) for row in records["rows"]), key=json.dumps
        )
    assert "ingested/flights/batch=2013-11.sha256" in keys(stack, "flights-artifacts", "ingested/")


def record(runtime: Any, group: str, row: list[dict[str, str]]) -> dict[str, str]:
    name = next(iter(KINDS[group]))
    identifier = values(row)[name]
    answer = runtime.get_record(
        FeatureGroupName=f"{PREFIX}-{group}", RecordIdentifierValueAsString=identifier
    )
    return values(answer["Record"])


def values(row: list[dict[str, str]]) -> dict[str, str]:
    return {one["FeatureName"]: one["ValueAsString"] for one in sorted(row, key=str)}


def offline(stack: Stack, group: str) -> list[dict[str, str]]:
    """Return the records of the offline store, as text."""
    found = []
    for key in keys(stack, "flights-features", "features/"):
        if f"/{PREFIX}-{group}-" in key and key.endswith(".parquet"):
            body = stack.s3.get_object(Bucket="flights-features", Key=key)["Body"].read()
            found.append(pd.read_parquet(io.BytesIO(body)))
    table = pd.concat(found)
    types: dict[str, Any] = {"Integral": "Int64"}
    plain = {
        name: table[name].astype(types.get(kind, "object")) for name, kind in KINDS[group].items()
    }
    rows = pd.DataFrame(plain).astype("object").to_dict("records")
    return sorted(
        (
            {str(name): str(value) for name, value in sorted(row.items()) if pd.notna(value)}
            for row in rows
        ),
        key=json.dumps,
    )


def keys(stack: Stack, bucket: str, prefix: str) -> list[str]:
    pages = stack.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]
