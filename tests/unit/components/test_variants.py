"""Endpoints with several variants, a shadow, a queue, or no instances; and what scales them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components._autoscaling import cron
from components.model_endpoint import ModelEndpoint
from components.scaling import BusinessHours, Scaling
from components.serving_modes import Asynchronous, Serverless
from components.variants import Candidate, Shadow
from tests.unit.components.support import IMAGE, KEY, LIVE, SAGEMAKER, allowed, args, declare

OLD = replace(
    LIVE, name="previous", model_package_arn=f"{SAGEMAKER}:model-package/late/6", weight=3
)
QUEUE = Asynchronous(
    bucket="capture",
    requests_prefix="requests/late",
    answers_prefix="answers/late",
    failures_prefix="failures/late",
    topic_key_arn=KEY,
)
SHADOW = Shadow(
    name="shadow",
    candidate=Candidate(
        model_package_arn=f"{SAGEMAKER}:model-package/late/8",
        image_uri=IMAGE,
        model_data_url="s3://artifacts/models/8/model.tar.gz",
        environment={"SAGEMAKER_PROGRAM": "inference.py"},
    ),
    instance_type="ml.m5.large",
    sampling_percent=25,
)
HOURS = BusinessHours(
    days="MON-FRI",
    starts_at="07:30",
    ends_at="19:00",
    time_zone="Europe/Berlin",
    min_instance_count=4,
)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"variants": []}, "variants must hold one variant or more, got none"),
        (
            {"variants": [LIVE, replace(OLD, model_package_arn=None)]},
            "must all have a version or all none",
        ),
        ({"variants": [LIVE, OLD], "shadow": SHADOW}, "must be one beside a shadow or mode, got 2"),
        ({"mode": Serverless()}, "left out with data capture or a shadow, got Serverless"),
        (
            {"mode": Serverless(), "data_capture_percent": 0, "subnet_ids": ["subnet-1"]},
            "subnet_ids must be empty with mode Serverless",
        ),
        (
            {"variants": [replace(LIVE, min_instance_count=0)]},
            "min_instance_count must be at least 1, got 0",
        ),
    ],
)
def test_what_sagemaker_cannot_serve_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        args(ModelEndpoint, **changed)


def test_two_versions_share_the_traffic_by_weight() -> None:
    graph = declare(ModelEndpoint, variants=[LIVE, OLD])
    first, second = graph["it-configuration"].inputs["productionVariants"]
    assert (first["variantName"], first["initialVariantWeight"]) == ("live", 1)
    assert (second["variantName"], second["initialVariantWeight"]) == ("previous", 3)
    assert graph["it-previous-model"].inputs["primaryContainer"] == {
        "modelPackageName": OLD.model_package_arn
    }


def test_an_alarm_of_any_variant_rolls_back() -> None:
    graph = declare(ModelEndpoint, variants=[LIVE, OLD])
    rollback = graph["it-endpoint"].inputs["deploymentConfig"]["autoRollbackConfiguration"]
    names = [alarm["alarmName"] for alarm in rollback["alarms"]]
    assert names == ["late-errors", "late-latency", "late-previous-errors", "late-previous-latency"]
    assert graph["it-previous-errors"].inputs["dimensions"]["VariantName"] == "previous"


def test_each_variant_scales_by_itself() -> None:
    room = [replace(LIVE, max_instance_count=3), replace(OLD, max_instance_count=5)]
    graph = declare(ModelEndpoint, variants=room)
    assert graph["it-scaling"].inputs["resourceId"] == "endpoint/late/variant/live"
    assert graph["it-previous-scaling"].inputs["resourceId"] == "endpoint/late/variant/previous"
    assert graph["it-previous-scaling"].inputs["maxCapacity"] == 5


def test_a_shadow_serves_what_nobody_approved_and_gets_its_share_of_copies() -> None:
    graph = declare(ModelEndpoint, shadow=SHADOW)
    (shadow,) = graph["it-configuration"].inputs["shadowProductionVariants"]
    assert (shadow["variantName"], shadow["initialVariantWeight"]) == ("shadow", 0.25)
    model = graph["it-shadow-model"].inputs
    assert "modelPackageName" not in model["primaryContainer"], "SageMaker wants it approved"
    assert model["primaryContainer"]["modelDataUrl"] == SHADOW.candidate.model_data_url
    assert model["tags"]["candidate"] == SHADOW.candidate.model_package_arn
    assert model["enableNetworkIsolation"] is True


def test_an_asynchronous_endpoint_answers_to_s3_and_announces_it() -> None:
    graph = declare(ModelEndpoint, mode=QUEUE, data_capture_percent=0)
    configuration = graph["it-configuration"].inputs
    assert "dataCaptureConfig" not in configuration
    output = configuration["asyncInferenceConfig"]["outputConfig"]
    assert output["s3OutputPath"] == "s3://capture/answers/late"
    assert output["s3FailurePath"] == "s3://capture/failures/late"
    assert output["kmsKeyId"] == args(ModelEndpoint).capture_key_arn
    assert graph["it-answered"].inputs["kmsMasterKeyId"] == KEY
    may = allowed(graph, "it-policy")
    assert "arn:aws:s3:::capture/requests/late/*" in may["s3:GetObject"]
    assert "arn:aws:s3:::capture/failures/late/*" in may["s3:PutObject"]
    assert len(may["sns:Publish"]) == 2


def test_a_queue_scales_to_zero_and_wakes_when_something_waits() -> None:
    graph = declare(
        ModelEndpoint,
        mode=QUEUE,
        data_capture_percent=0,
        variants=[replace(LIVE, min_instance_count=0, max_instance_count=4)],
        scaling=Scaling(metric="backlog", target=5),
    )
    assert graph["it-scaling"].inputs["minCapacity"] == 0
    alarm = graph["it-backlog"].inputs
    assert alarm["metricName"] == "HasBacklogWithoutCapacity"
    assert alarm["dimensions"] == {"EndpointName": "late"}
    step = graph["it-waking-policy"].inputs
    assert step["stepScalingPolicyConfiguration"]["stepAdjustments"] == [
        {"metricIntervalLowerBound": "0", "scalingAdjustment": 1}
    ]
    tracked = graph["it-scaling-policy"].inputs["targetTrackingScalingPolicyConfiguration"]
    metric = tracked["customizedMetricSpecification"]
    assert metric["metricName"] == "ApproximateBacklogSizePerInstance"


def test_a_serverless_variant_has_no_instances_and_no_guardrails() -> None:
    mode = Serverless(memory_mib=3072, max_concurrency=10, provisioned_concurrency=2)
    serverless = replace(LIVE, instance_type=None)
    graph = declare(ModelEndpoint, mode=mode, variants=[serverless], data_capture_percent=0)
    (variant,) = graph["it-configuration"].inputs["productionVariants"]
    assert variant["serverlessConfig"] == {
        "memorySizeInMb": 3072,
        "maxConcurrency": 10,
        "provisionedConcurrency": 2,
    }
    assert "instanceType" not in variant
    assert graph["it-model"].inputs["enableNetworkIsolation"] is False
    assert "deploymentConfig" not in graph["it-endpoint"].inputs


@pytest.mark.parametrize(
    ("metric", "specification"),
    [
        ("invocations", {"predefinedMetricType": "SageMakerVariantInvocationsPerInstance"}),
        (
            "concurrency",
            {"predefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"},
        ),
    ],
)
def test_scaling_aims_at_what_is_chosen(metric: Any, specification: dict[str, str]) -> None:
    scaling = Scaling(metric=metric, target=7, scale_in_cooldown_seconds=120)
    graph = declare(ModelEndpoint, variants=[replace(LIVE, max_instance_count=4)], scaling=scaling)
    aim = graph["it-scaling-policy"].inputs["targetTrackingScalingPolicyConfiguration"]
    assert aim["predefinedMetricSpecification"] == specification
    assert (aim["targetValue"], aim["scaleInCooldown"], aim["scaleOutCooldown"]) == (7, 120, 60)


def test_gpu_utilisation_is_that_of_the_variant() -> None:
    gpu = replace(LIVE, instance_type="ml.g5.xlarge", max_instance_count=4)
    graph = declare(ModelEndpoint, variants=[gpu], scaling=Scaling(metric="gpu", target=70))
    aim = graph["it-scaling-policy"].inputs["targetTrackingScalingPolicyConfiguration"]
    metric = aim["customizedMetricSpecification"]
    assert (metric["namespace"], metric["metricName"]) == (
        "/aws/sagemaker/Endpoints",
        "GPUUtilization",
    )
    assert {d["name"]: d["value"] for d in metric["dimensions"]} == {
        "EndpointName": "late",
        "VariantName": "live",
    }


def test_business_hours_raise_the_minimum_and_give_it_back() -> None:
    graph = declare(
        ModelEndpoint,
        variants=[replace(LIVE, max_instance_count=6)],
        scaling=Scaling(business_hours=HOURS),
    )
    opening, closing = graph["it-opening"].inputs, graph["it-closing"].inputs
    assert opening["schedule"] == "cron(30 7 ? * MON-FRI *)"
    assert opening["timezone"] == closing["timezone"] == "Europe/Berlin"
    assert opening["scalableTargetAction"] == {"minCapacity": 4}
    assert closing["scalableTargetAction"] == {"minCapacity": 2}
    assert graph["it-scaling"].ignore_changes == ("minCapacity",), "an update at noon keeps it"


def test_a_time_of_day_becomes_a_schedule_without_leading_zeros() -> None:
    assert cron("09:05", "SAT,SUN") == "cron(5 9 ? * SAT,SUN *)"
