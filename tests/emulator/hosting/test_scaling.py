"""Instances that follow traffic and the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.hosting.conftest import Host
from tests.emulator.hosting.test_asynchronous import MINUTE, count, forward, scalable, scaling


def track(host: Host, place: dict[str, str], target: float, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = scaling(host).put_scaling_policy(
        **place,
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": target,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
            },
            **more,
        },
    )
    return found


def test_traffic_above_the_target_adds_instances_up_to_the_maximum(host: Host) -> None:
    host.serving("crowded")
    place = scalable(host, "crowded", 1, 3)
    made = track(host, place, 2, ScaleOutCooldown=0)
    names = [alarm["AlarmName"] for alarm in made["Alarms"]]
    assert [name.split("-Alarm")[1].split("-")[0] for name in names] == ["High", "Low"]
    assert all(name.startswith("TargetTracking-endpoint/crowded/variant/crowded") for name in names)
    for _ in range(4):
        for _ in range(8):
            host.ask("crowded")
        host.emulator.settle()
        forward(host, MINUTE)
    assert count(host, "crowded") == 3


def test_a_quiet_endpoint_gives_instances_back_after_a_quarter_of_an_hour(host: Host) -> None:
    host.serving("quiet")
    host.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="quiet",
        DesiredWeightsAndCapacities=[{"VariantName": "quiet", "DesiredInstanceCount": 3}],
    )
    track(host, scalable(host, "quiet", 1, 3), 100, ScaleInCooldown=0)
    for minute in range(18):
        host.ask("quiet")
        host.emulator.settle()
        forward(host, MINUTE)
        if minute == 10:
            assert count(host, "quiet") == 3, "ten quiet minutes are not enough"
    assert count(host, "quiet") == 1


def test_a_policy_keeps_its_arn_and_takes_its_alarms_with_it(host: Host) -> None:
    host.serving("holder")
    place = scalable(host, "holder", 1, 2)
    first, second = track(host, place, 2), track(host, place, 3)
    assert first["PolicyARN"] == second["PolicyARN"]

    def alarms() -> set[str]:
        prefix = "TargetTracking-endpoint/holder"
        found = host.cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
        return {alarm["AlarmName"] for alarm in found}

    assert alarms() == {alarm["AlarmName"] for alarm in second["Alarms"]}
    scaling(host).deregister_scalable_target(**place)
    assert not alarms()
    assert not scaling(host).describe_scaling_policies(
        ServiceNamespace="sagemaker", ResourceId=place["ResourceId"]
    )["ScalingPolicies"]


def test_a_schedule_raises_the_minimum_and_the_instances_with_it(host: Host) -> None:
    host.serving("opened")
    place = scalable(host, "opened", 1, 4)
    for name, hour, low in (("opening", 7, 3), ("closing", 19, 1)):
        scaling(host).put_scheduled_action(
            **place,
            ScheduledActionName=name,
            Schedule=f"cron(0 {hour} ? * * *)",
            Timezone="Europe/Berlin",
            ScalableTargetAction={"MinCapacity": low},
        )
    now = host.emulator.context.clock.now()
    day = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    host.emulator.context.clock.advance_to(day.replace(hour=4))
    limits = scaling(host).describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[place["ResourceId"]]
    )["ScalableTargets"][0]
    assert limits["MinCapacity"] == 1
    host.emulator.context.clock.advance_to(day.replace(hour=7))
    assert count(host, "opened") == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ResourceId": "endpoint/nowhere/variant/a"}, "variant not found"),
        ({"ServiceNamespace": "nonsense"}, "nonsense"),
    ],
)
def test_what_cannot_scale_is_no_target(host: Host, changes: dict[str, str], words: str) -> None:
    place = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/nowhere/variant/a",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    with pytest.raises(ClientError, match=words):
        scaling(host).register_scalable_target(**{**place, **changes}, MinCapacity=1, MaxCapacity=2)


def test_a_metric_that_is_not_emulated_is_refused(host: Host) -> None:
    host.serving("unmetered")
    with pytest.raises(ClientError, match="is not emulated for SageMaker"):
        scaling(host).put_scaling_policy(
            **scalable(host, "unmetered", 1, 2),
            PolicyName="copies",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": 1,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerInferenceComponentInvocationsPerCopy"
                },
            },
        )


def test_a_shadow_gets_its_share_of_copies(host: Host) -> None:
    host.model("lit")
    host.model("dim")
    shadow = {
        "VariantName": "dim",
        "ModelName": "dim",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 0.25,
    }
    host.config("dimmed", "lit", ShadowProductionVariants=[shadow])
    host.endpoint("dimmed", "dimmed")
    for _ in range(200):
        host.ask("dimmed")
    host.emulator.settle()
    found = host.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": "dimmed"},
            {"Name": "VariantName", "Value": "dim"},
        ],
        StartTime=host.emulator.context.clock.now() - timedelta(hours=1),
        EndTime=host.emulator.context.clock.now() + timedelta(hours=1),
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    assert 25 < sum(point["Sum"] for point in found) < 80
