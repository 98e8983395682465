"""Updates: the successor takes over, or the predecessor stays."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.hosting.conftest import BROKEN, Host


def update(host: Host, endpoint: str, config: str, **more: Any) -> None:
    host.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config, **more)


def routing(kind: str, wait: int = 0, termination: int = 0, **size: Any) -> dict[str, Any]:
    """Return a blue/green ``DeploymentConfig``."""
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": kind,
                "WaitIntervalInSeconds": wait,
                **{name: {"Type": "CAPACITY_PERCENT", "Value": v} for name, v in size.items()},
            },
            "TerminationWaitInSeconds": termination,
        }
    }


def shares(host: Host, endpoint: str) -> Counter[str]:
    """Return who answered two hundred requests."""
    return Counter(host.ask(endpoint).split(":")[0] for _ in range(200))


def advance(host: Host, seconds: int) -> None:
    clock = host.emulator.context.clock
    clock.advance_to(clock.now() + timedelta(seconds=seconds))


def test_an_update_brings_the_new_model_without_a_failed_request(host: Host) -> None:
    host.serving("v1")
    host.model("v2")
    host.config("v2", "v2")
    answers: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answers.append(host.ask("v1"))
            time.sleep(0.005)

    asker = threading.Thread(target=ask)
    asker.start()
    update(host, "v1", "v2")
    host.emulator.settle()
    time.sleep(0.05)
    stop.set()
    asker.join()
    found = host.describe("v1")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "v2")
    assert answers[0] == "v1:1"
    assert answers[-1] == "v2:1"
    assert set(answers) == {"v1:1", "v2:1"}


def test_a_model_that_cannot_load_is_rolled_back_while_requests_succeed(host: Host) -> None:
    host.serving("steady")
    host.model("wreck", BROKEN)
    host.config("wreck", "wreck")
    update(host, "steady", "wreck")
    assert host.describe("steady")["EndpointStatus"] == "Updating"
    while host.describe("steady")["EndpointStatus"] == "Updating":
        assert host.ask("steady") == "steady:1"
        time.sleep(0.005)
    host.emulator.settle()
    found = host.describe("steady")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "steady")
    assert "weights are missing" in found["FailureReason"]
    assert "PendingDeploymentSummary" not in found
    assert host.ask("steady") == "steady:1"


def test_a_model_that_does_not_answer_in_time_is_rolled_back(host: Host) -> None:
    host.serving("prompt")
    host.model("slow", "import time\ndef model_fn(model_dir): time.sleep(60)\n")
    variant = {
        "VariantName": "slow",
        "ModelName": "slow",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "ContainerStartupHealthCheckTimeoutInSeconds": 60,
    }
    host.sagemaker.create_endpoint_config(EndpointConfigName="slow", ProductionVariants=[variant])
    # Below the minimum of 60 s that botocore lets through.
    configs: Any = backend(host).endpoint_configs
    configs["slow"].production_variants[0]["ContainerStartupHealthCheckTimeoutInSeconds"] = 1
    update(host, "prompt", "slow")
    host.emulator.settle()
    assert "did not pass the ping health check" in host.describe("prompt")["FailureReason"]
    assert host.ask("prompt") == "prompt:1"


def backend(host: Host) -> Any:
    from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415

    return sagemaker_backends[host.emulator.context.account_id]["us-east-1"]


def test_a_canary_takes_its_share_until_the_wait_is_over(host: Host) -> None:
    host.serving("mine")
    host.model("canary")
    host.config("canary", "canary")
    update(host, "mine", "canary", DeploymentConfig=routing("CANARY", 600, CanarySize=20))
    host.emulator.settle()
    found = host.describe("mine")
    assert found["EndpointStatus"] == "Updating"
    assert found["PendingDeploymentSummary"]["EndpointConfigName"] == "canary"
    assert 15 < shares(host, "mine")["canary"] < 70
    advance(host, 601)
    assert shares(host, "mine") == {"canary": 200}
    assert host.describe("mine")["EndpointStatus"] == "Updating"
    advance(host, 601)
    found = host.describe("mine")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "canary")
    assert found["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TerminationWaitInSeconds"] == 0


def test_a_linear_shift_goes_step_by_step(host: Host) -> None:
    host.serving("before")
    host.model("after")
    host.config("after", "after")
    deployment = routing("LINEAR", 60, 120, LinearStepSize=50)
    update(host, "before", "after", DeploymentConfig=deployment)
    host.emulator.settle()
    assert 60 < shares(host, "before")["after"] < 140
    advance(host, 61)
    assert shares(host, "before") == {"after": 200}
    advance(host, 61)
    assert host.describe("before")["EndpointStatus"] == "Updating"
    advance(host, 121)
    assert host.describe("before")["EndpointStatus"] == "InService"


def test_an_alarm_while_traffic_bakes_rolls_back(host: Host) -> None:
    host.cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="N",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    host.serving("guarded")
    host.model("guilty")
    host.config("guilty", "guilty")
    deployment = routing("CANARY", 600, CanarySize=50)
    deployment["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": "errors"}]}
    update(host, "guarded", "guilty", DeploymentConfig=deployment)
    host.emulator.settle()
    assert shares(host, "guarded")["guilty"] > 0
    host.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    advance(host, 61)
    found = host.describe("guarded")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "guarded")
    assert "alarm errors is in ALARM" in found["FailureReason"]
    assert shares(host, "guarded") == {"guarded": 200}


def test_an_update_in_progress_refuses_another(host: Host) -> None:
    host.serving("busy")
    host.model("busy-2")
    host.config("busy-2", "busy-2")
    update(host, "busy", "busy-2", DeploymentConfig=routing("ALL_AT_ONCE", 600))
    host.emulator.settle()
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        update(host, "busy", "busy")
    host.sagemaker.delete_endpoint(EndpointName="busy")
    advance(host, 700)
    with pytest.raises(ClientError, match="Could not find endpoint"):
        host.describe("busy")


def test_deleting_an_endpoint_ends_a_model_that_is_still_loading(host: Host) -> None:
    host.model("sleeper", "import time\ndef model_fn(model_dir): time.sleep(600)\n")
    host.sagemaker.create_endpoint(
        EndpointName="sleeper", EndpointConfigName=host.config("sleeper", "sleeper")
    )
    assert host.describe("sleeper")["EndpointStatus"] == "Creating"
    host.sagemaker.delete_endpoint(EndpointName="sleeper")
    began = time.monotonic()
    host.emulator.settle()
    assert time.monotonic() - began < 30


def test_weights_are_kept_where_the_update_asks_for_it(host: Host) -> None:
    host.model("one")
    host.model("two")
    host.endpoint("kept", host.config("kept", "one", "two", weights=(1, 0)))
    host.config("kept-2", "one", "two", weights=(0, 1))
    update(host, "kept", "kept-2", RetainAllVariantProperties=True)
    host.emulator.settle()
    assert host.describe("kept")["EndpointConfigName"] == "kept-2"
    assert shares(host, "kept") == {"one": 200}


@pytest.mark.parametrize(
    ("deployment", "words"),
    [
        (routing("CANARY", CanarySize=60), "CanarySize must be 0%-50% of the fleet, got 60"),
        (routing("LINEAR", LinearStepSize=5), "LinearStepSize must be 10%-50%"),
        (routing("CANARY"), "must have CanarySize"),
        (
            routing("ALL_AT_ONCE")
            | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "nowhere"}]}},
            "alarms not found: \\['nowhere'\\]",
        ),
    ],
)
def test_an_impossible_deployment_is_refused(
    host: Host, deployment: dict[str, Any], words: str
) -> None:
    if not host.sagemaker.list_endpoints(NameContains="refuser")["Endpoints"]:
        host.serving("refuser")
    with pytest.raises(ClientError, match=words):
        update(host, "refuser", "refuser", DeploymentConfig=deployment)
    assert host.describe("refuser")["EndpointStatus"] == "InService"


def test_state_changes_are_told_on_the_event_bus(host: Host) -> None:
    host.serving("told")
    host.model("told-2")
    host.config("told-2", "told-2")
    update(host, "told", "told-2")
    host.emulator.settle()
    bus: Any = host.emulator.context.events
    events = [entry["event"] for entry in bus.journal.since(None)]
    told = [
        (event["detail-type"], detail.get("EndpointStatus") or detail["DeploymentEvent"])
        for event in events
        if (detail := event["detail"]).get("EndpointName") == "told"
    ]
    states = [state for kind, state in told if kind == "SageMaker Endpoint State Change"]
    assert states == ["CREATING", "IN_SERVICE", "UPDATING", "IN_SERVICE"]
    assert ("SageMaker Endpoint Deployment State Change", "DeploymentCompleted") in told
