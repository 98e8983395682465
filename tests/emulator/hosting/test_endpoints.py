"""Endpoints that serve, and what they refuse."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.hosting.metrics import Statistic
from tests.emulator.hosting.conftest import BROKEN, BUCKET, XGBOOST, Host, archive, variant


def test_an_endpoint_answers_with_its_model(host: Host) -> None:
    host.serving("plain")
    answer = host.runtime.invoke_endpoint(
        EndpointName="plain", Body="1,2", ContentType="text/csv", CustomAttributes="trace=7"
    )
    assert answer["Body"].read() == b"plain:1,2"
    assert answer["InvokedProductionVariant"] == "plain"
    assert answer["ContentType"] == "text/csv"
    assert answer["CustomAttributes"] == "trace=7"
    found = host.describe("plain")
    assert found["EndpointStatus"] == "InService"
    assert found["ProductionVariants"][0]["CurrentInstanceCount"] == 1


def test_an_unknown_endpoint_is_refused(host: Host) -> None:
    with pytest.raises(
        ClientError, match=r"ValidationError.*Endpoint gone of account .* not found"
    ):
        host.ask("gone")


def test_a_models_own_error_is_told_with_its_words(host: Host) -> None:
    host.serving("failing")
    with pytest.raises(ClientError) as failed:
        host.ask("failing", "boom")
    response: Any = failed.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["OriginalStatusCode"] == 500
    assert response["OriginalMessage"] == "ValueError: no such flight"
    assert host.ask("failing", "fine") == "failing:fine"


def test_a_body_above_six_mebibytes_is_refused(host: Host) -> None:
    host.serving("small")
    with pytest.raises(ClientError, match=r"ValidationError.*at most 6291456 bytes"):
        host.ask("small", "x" * (6 * 1024**2 + 1))


def test_a_model_that_cannot_load_fails_the_endpoint_with_its_reason(host: Host) -> None:
    host.model("broken", BROKEN)
    host.endpoint("broken", host.config("broken", "broken"))
    found = host.describe("broken")
    assert found["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in found["FailureReason"]
    assert "weights are missing" in found["FailureReason"]
    with pytest.raises(ClientError, match="not found"):
        host.ask("broken")


def test_traffic_is_split_by_weight(host: Host) -> None:
    host.model("heavy")
    host.model("light")
    host.endpoint("split", host.config("split", "heavy", "light", weights=(3, 1)))
    answers = Counter(host.ask("split").split(":")[0] for _ in range(200))
    assert 120 < answers["heavy"] < 180
    assert answers["heavy"] + answers["light"] == 200


def test_a_target_variant_gets_the_request(host: Host) -> None:
    host.model("left")
    host.model("right")
    host.endpoint("target", host.config("target", "left", "right", weights=(1, 0)))
    assert host.ask("target", TargetVariant="right") == "right:1"
    with pytest.raises(ClientError, match="Variant middle not found"):
        host.ask("target", TargetVariant="middle")


def test_weights_can_change_while_serving(host: Host) -> None:
    host.model("old")
    host.model("new")
    host.endpoint("weights", host.config("weights", "old", "new", weights=(1, 0)))
    changes = [
        {"VariantName": "old", "DesiredWeight": 0},
        {"VariantName": "new", "DesiredWeight": 1, "DesiredInstanceCount": 4},
    ]
    host.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="weights", DesiredWeightsAndCapacities=changes
    )
    assert {host.ask("weights") for _ in range(10)} == {"new:1"}
    assert host.describe("weights")["ProductionVariants"][1]["CurrentInstanceCount"] == 4


def test_network_isolation_leaves_the_model_without_credentials(host: Host) -> None:
    code = """
import os
def model_fn(model_dir): return sorted(k for k in os.environ if k.startswith("AWS_"))
def predict_fn(data, model): return ",".join(model)
"""
    for name, isolated in (("isolated", True), ("connected", False)):
        host.model(name, code, EnableNetworkIsolation=isolated)
        host.endpoint(name, host.config(name, name))
        assert host.sagemaker.describe_model(ModelName=name)["EnableNetworkIsolation"] is isolated
    assert "KEY" not in host.ask("isolated")
    assert "AWS_SECRET_ACCESS_KEY" in host.ask("connected")


def test_the_built_in_algorithm_serves_a_booster(host: Host) -> None:
    numpy = pytest.importorskip("numpy")
    xgboost = pytest.importorskip("xgboost")
    data = numpy.array([[0.0], [1.0], [2.0], [3.0]])
    booster = xgboost.train({"nthread": 1}, xgboost.DMatrix(data, data[:, 0]), 5)
    body = archive({"xgboost-model": bytes(booster.save_raw("ubj"))})
    host.s3.put_object(Bucket=BUCKET, Key="booster/model.tar.gz", Body=body)
    container = {"Image": XGBOOST, "ModelDataUrl": f"s3://{BUCKET}/booster/model.tar.gz"}
    host.model("booster", PrimaryContainer=container)
    host.s3.put_object(Bucket=BUCKET, Key="booster/model.tar.gz", Body=body)
    host.endpoint("booster", host.config("booster", "booster"))
    answer = [float(value) for value in host.ask("booster", "0\n3\n").split(",")]
    assert answer == pytest.approx(booster.predict(xgboost.DMatrix(data[[0, 3]])), abs=1e-5)


def test_a_shadow_gets_a_copy_and_is_captured_apart(host: Host) -> None:
    host.model("front")
    host.model("shade")
    host.config(
        "shadowed",
        "front",
        ShadowProductionVariants=[variant("shade")],
        DataCaptureConfig=CAPTURE,
    )
    host.endpoint("shadowed", "shadowed")
    assert host.ask("shadowed", "9") == "front:9"
    host.emulator.settle()
    outputs = {
        key.split("/")[2]: line["captureData"]["endpointOutput"]["data"]
        for key, line in captured(host, "shadowed")
    }
    assert outputs == {"front": "front:9", "shade": "shade:9"}
    found = host.sagemaker.describe_endpoint_config(EndpointConfigName="shadowed")
    assert [v["VariantName"] for v in found["ShadowProductionVariants"]] == ["shade"]


def test_only_the_callers_id_joins_a_shadows_capture_to_productions(host: Host) -> None:
    host.model("joined")
    host.model("joiner")
    shadows = [variant("joiner")]
    host.config("joining", "joined", ShadowProductionVariants=shadows, DataCaptureConfig=CAPTURE)
    host.endpoint("joining", "joining")
    host.ask("joining", "9", InferenceId="flight-9")
    host.emulator.settle()
    both = [line["eventMetadata"] for _, line in captured(host, "joining")]
    assert [one["inferenceId"] for one in both] == ["flight-9", "flight-9"]
    assert len({one["eventId"] for one in both}) == 2


def test_a_request_that_the_model_refused_is_captured_without_an_answer(host: Host) -> None:
    host.serving("overtaxed", DataCaptureConfig=CAPTURE)
    with pytest.raises(ClientError, match="ModelError"):
        host.ask("overtaxed", "boom")
    host.emulator.settle()
    [(_, line)] = captured(host, "overtaxed")
    assert set(line["captureData"]) == {"endpointInput"}


def test_cloudwatch_gives_percentiles_of_the_models_latency(host: Host) -> None:
    host.serving("measured")
    for _ in range(3):
        host.ask("measured")
    host.emulator.settle()
    now = host.emulator.context.clock.now()
    told = host.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="ModelLatency",
        Dimensions=[
            {"Name": "EndpointName", "Value": "measured"},
            {"Name": "VariantName", "Value": "measured"},
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=86400,
        Statistics=["SampleCount", "Maximum"],
        ExtendedStatistics=["p50"],
    )["Datapoints"]
    assert sum(one["SampleCount"] for one in told) == 3
    assert all(0 < one["ExtendedStatistics"]["p50"] <= one["Maximum"] for one in told)


def test_many_values_of_a_minute_keep_their_sum_in_one_datum() -> None:
    statistic = Statistic()
    for value in range(1000):
        statistic.add(float(value))
    values, counts = statistic.spread()
    assert len(values) <= 150
    assert sum(counts) == 1000
    assert sum(v * c for v, c in zip(values, counts, strict=True)) == statistic.total


CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}


def captured(host: Host, endpoint: str) -> list[tuple[str, dict[str, Any]]]:
    """Return every captured request with its object's key."""
    listed = host.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"capture/{endpoint}/")
    found = []
    for item in listed.get("Contents", []):
        text = host.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read().decode()
        found += [(item["Key"], json.loads(line)) for line in io.StringIO(text)]
    return found


def test_traffic_is_captured_as_sagemaker_writes_it(host: Host) -> None:
    host.serving("captured", DataCaptureConfig=CAPTURE)
    host.ask("captured", "1,2", InferenceId="flight-7")
    host.emulator.settle()
    ((key, line),) = captured(host, "captured")
    now = host.emulator.context.clock.now()
    assert key.startswith(f"capture/captured/captured/{now:%Y/%m/%d}/")
    assert line["captureData"]["endpointInput"] == {
        "observedContentType": "text/csv",
        "mode": "INPUT",
        "data": "1,2",
        "encoding": "CSV",
    }
    assert line["captureData"]["endpointOutput"]["data"] == "captured:1,2"
    assert line["eventMetadata"]["inferenceId"] == "flight-7"
    assert line["eventVersion"] == "0"


def test_nothing_is_captured_when_capture_is_off(host: Host) -> None:
    host.serving("uncaptured", DataCaptureConfig={**CAPTURE, "EnableCapture": False})
    host.ask("uncaptured")
    host.emulator.settle()
    assert captured(host, "uncaptured") == []


def test_invocations_are_counted_in_cloudwatch(host: Host) -> None:
    host.serving("counted")
    for body in ("1", "2", "boom"):
        try:
            host.ask("counted", body)
        except ClientError:
            assert body == "boom"
    host.emulator.settle()
    now = host.emulator.context.clock.now()
    sums = {}
    for metric in ("Invocations", "Invocation5XXErrors", "Invocation4XXErrors"):
        found = host.cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[
                {"Name": "EndpointName", "Value": "counted"},
                {"Name": "VariantName", "Value": "counted"},
            ],
            StartTime=now.timestamp() - 600,
            EndTime=now.timestamp() + 600,
            Period=3600,
            Statistics=["Sum"],
        )
        sums[metric] = sum(point["Sum"] for point in found["Datapoints"])
    assert sums == {"Invocations": 3, "Invocation5XXErrors": 1, "Invocation4XXErrors": 0}


def test_a_deleted_endpoint_is_gone_with_its_process(host: Host) -> None:
    host.serving("leaving")
    host.sagemaker.delete_endpoint(EndpointName="leaving")
    host.emulator.settle()
    with pytest.raises(ClientError, match="Could not find endpoint"):
        host.describe("leaving")
    with pytest.raises(ClientError, match="not found"):
        host.ask("leaving")
    host.sagemaker.delete_endpoint_config(EndpointConfigName="leaving")
    host.sagemaker.delete_model(ModelName="leaving")
    for listing, members in (
        (host.sagemaker.list_endpoint_configs(NameContains="leaving"), "EndpointConfigs"),
        (host.sagemaker.list_endpoints(NameContains="leaving"), "Endpoints"),
    ):
        assert listing[members] == []
