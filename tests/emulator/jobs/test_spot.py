"""Spot capacity goes and comes back; checkpoints stay; warm pools wait for what matches them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.core.admin import ask
from tests.emulator.jobs.helpers import (
    BUCKET,
    REGION,
    files_in,
    get,
    run_training,
    training,
    wait_for_log,
)
from tests.emulator.jobs.test_tuning import tuning

# Counts its starts in a checkpoint; the first start waits to be interrupted.
COUNT = """
import os, signal, sys, time
from pathlib import Path
kept = Path("/opt/ml/checkpoints/starts")
starts = int(kept.read_text()) + 1 if kept.exists() else 1
kept.write_text(str(starts))
Path("/opt/ml/model", f"start-{starts}").touch()
print("start", starts, os.environ["TRAINING_JOB_NAME"], flush=True)
if starts == 1:
    time.sleep(60)
"""
GROUP = "/aws/sagemaker/TrainingJobs"


def spot(emulator: Emulator, name: str, script: str = COUNT, wait: int = 3600) -> dict[str, Any]:
    return training(emulator, name, script) | {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": wait},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/kept/{name}"},
    }


def interrupt(emulator: Emulator, name: str, wait_seconds: float = 0) -> tuple[int, Any]:
    body = {"training_job": name, "region": REGION, "wait_seconds": wait_seconds}
    return ask(emulator, "POST", "interrupt", body)


def interrupted(emulator: Emulator, request: dict[str, Any], wait_seconds: float) -> dict[str, Any]:
    """Start a job, take its capacity away once it trains, and return how it ended."""
    name = request["TrainingJobName"]
    client = emulator.context.client("sagemaker", REGION)
    client.create_training_job(**request)
    wait_for_log(emulator, GROUP, f"start 1 {name}")
    assert interrupt(emulator, name, wait_seconds) == (200, {})
    emulator.settle(timeout=60)
    told: dict[str, Any] = client.describe_training_job(TrainingJobName=name)
    return told


def test_an_interrupted_job_goes_on_from_its_checkpoint(emulator: Emulator) -> None:
    told = interrupted(emulator, spot(emulator, "goes-on"), wait_seconds=300)
    assert told["TrainingJobStatus"] == "Completed"
    passed = [one["Status"] for one in told["SecondaryStatusTransitions"]]
    assert passed == [
        *("Starting", "Downloading", "Training", "Interrupted"),
        *("Starting", "Downloading", "Training", "Uploading", "Completed"),
    ]
    model = files_in(get(emulator, "models/goes-on/output/model.tar.gz"))
    assert list(model) == ["start-2"], "what the first start left on its instance is gone"
    assert get(emulator, "kept/goes-on/starts") == b"2"
    waited = told["TrainingTimeInSeconds"] - told["BillableTimeInSeconds"]
    assert waited == 300, "waiting for capacity is not billed"


def test_a_job_that_waits_too_long_ends(emulator: Emulator) -> None:
    told = interrupted(emulator, spot(emulator, "waits", wait=600), wait_seconds=601)
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == (
        "Stopped",
        "MaxWaitTimeExceeded",
    )


def test_checkpoints_are_in_s3_while_the_job_still_runs(emulator: Emulator, sagemaker: Any) -> None:
    sagemaker.create_training_job(**spot(emulator, "mirrored"))
    wait_for_log(emulator, GROUP, "start 1 mirrored")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            body = get(emulator, "kept/mirrored/starts")
            break
        except ClientError:
            time.sleep(0.05)
    assert body == b"1"
    described = sagemaker.describe_training_job(TrainingJobName="mirrored")
    assert described["TrainingJobStatus"] == "InProgress"
    sagemaker.stop_training_job(TrainingJobName="mirrored")
    emulator.settle(timeout=60)
    described = sagemaker.describe_training_job(TrainingJobName="mirrored")
    assert described["TrainingJobStatus"] == "Stopped", "to stop is not to interrupt"


def test_a_trial_goes_on_from_its_checkpoint(emulator: Emulator, sagemaker: Any) -> None:
    asked = tuning(emulator, "search", COUNT + "print('score=0.5')")
    asked["HyperParameterTuningJobConfig"]["ResourceLimits"] = {
        "MaxNumberOfTrainingJobs": 1,
        "MaxParallelTrainingJobs": 1,
    }
    spent = spot(emulator, "of-a-trial")
    members = ("EnableManagedSpotTraining", "StoppingCondition", "CheckpointConfig")
    asked["TrainingJobDefinition"] |= {name: spent[name] for name in members}
    sagemaker.create_hyper_parameter_tuning_job(**asked)
    wait_for_log(emulator, GROUP, "start 1 search-001")
    (trial,) = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="search"
    )["TrainingJobSummaries"]
    assert interrupt(emulator, trial["TrainingJobName"], 60) == (200, {})
    emulator.settle(timeout=60)
    told = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="search")
    assert told.get("FailureReason") is None
    assert told["BestTrainingJob"]["TrainingJobName"] == trial["TrainingJobName"]
    assert get(emulator, "kept/of-a-trial/starts") == b"2"


def test_what_is_not_on_spot_capacity_is_not_interrupted(emulator: Emulator) -> None:
    run_training(emulator, training(emulator, "demanded", ""))
    status, told = interrupt(emulator, "demanded")
    assert status == 400
    assert "demanded must be on spot capacity" in told["message"]
    assert interrupt(emulator, "absent")[0] == 400


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds must be given"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}},
            "MaxWaitTimeInSeconds takes EnableManagedSpotTraining",
        ),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
            },
            "MaxWaitTimeInSeconds must be at least MaxRuntimeInSeconds 60, got 59",
        ),
    ],
)
def test_waits_that_sagemaker_refuses_are_refused(
    emulator: Emulator, sagemaker: Any, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        sagemaker.create_training_job(**training(emulator, "refused", "") | change)


CACHE = """
import os
from pathlib import Path
kept = Path(os.environ["SAGEMAKER_MANAGED_WARMPOOL_CACHE_DIRECTORY"], "jobs")
before = kept.read_text() if kept.exists() else ""
kept.write_text(before + os.environ["TRAINING_JOB_NAME"] + " ")
Path("/opt/ml/model/cache").write_text(before)
"""


def warm(emulator: Emulator, name: str, seconds: int = 600, **changes: Any) -> dict[str, Any]:
    asked = training(emulator, name, CACHE)
    asked["ResourceConfig"] |= {"KeepAlivePeriodInSeconds": seconds, **changes}
    return asked


def pool(sagemaker: Any, name: str) -> dict[str, Any]:
    told: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)["WarmPoolStatus"]
    return told


def test_a_matching_job_uses_the_kept_instances_and_their_cache(
    emulator: Emulator, sagemaker: Any
) -> None:
    run_training(emulator, warm(emulator, "warm-1"))
    assert pool(sagemaker, "warm-1")["Status"] == "Available"
    emulator.context.clock.advance_to(emulator.context.clock.now() + timedelta(seconds=120))
    run_training(emulator, warm(emulator, "warm-2"))
    told = pool(sagemaker, "warm-1")
    assert (told["Status"], told["ReusedByJob"]) == ("Reused", "warm-2")
    assert 120 <= told["ResourceRetainedBillableTimeInSeconds"] < 180
    assert files_in(get(emulator, "models/warm-2/output/model.tar.gz")) == {"cache": b"warm-1 "}
    assert pool(sagemaker, "warm-2")["Status"] == "Available"
    emulator.context.clock.advance_to(emulator.context.clock.now() + timedelta(seconds=601))
    assert pool(sagemaker, "warm-2")["Status"] == "Terminated"


def test_a_job_that_differs_starts_on_instances_of_its_own(
    emulator: Emulator, sagemaker: Any
) -> None:
    run_training(emulator, warm(emulator, "other-1"))
    run_training(emulator, warm(emulator, "other-2", VolumeSizeInGB=11))
    assert pool(sagemaker, "other-1")["Status"] == "Available"
    assert files_in(get(emulator, "models/other-2/output/model.tar.gz")) == {"cache": b""}
    for name in ("other-1", "other-2"):
        sagemaker.update_training_job(
            TrainingJobName=name, ResourceConfig={"KeepAlivePeriodInSeconds": 0}
        )
        assert pool(sagemaker, name)["Status"] == "Terminated"
    with pytest.raises(ClientError, match="other-1 has no warm pool that is available"):
        sagemaker.update_training_job(
            TrainingJobName="other-1", ResourceConfig={"KeepAlivePeriodInSeconds": 60}
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"EnableManagedSpotTraining": True}, "takes no EnableManagedSpotTraining"),
        ({}, "KeepAlivePeriodInSeconds must be at most 3600, got 3601"),
    ],
)
def test_kept_instances_that_sagemaker_refuses_are_refused(
    emulator: Emulator, sagemaker: Any, change: dict[str, Any], message: str
) -> None:
    asked = warm(emulator, "refused", 3601) | change
    if change:
        asked["StoppingCondition"] = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}
    with pytest.raises(ClientError, match=message):
        sagemaker.create_training_job(**asked)
