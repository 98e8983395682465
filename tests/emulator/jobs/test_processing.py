"""A processing job reads from S3, runs its script and writes to S3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.jobs.helpers import (
    BUCKET,
    get,
    processing,
    put,
    read,
    run_processing,
    wait_for_log,
    written,
)

UPPER = """
import json, os
from pathlib import Path
source, target = Path("/opt/ml/processing/in"), Path("/opt/ml/processing/out/deep")
target.mkdir()
for path in source.rglob("*.txt"):
    (target / path.name).write_text(path.read_text().upper() + os.environ["SUFFIX"])
config = json.loads(Path("/opt/ml/config/processingjobconfig.json").read_text())
hosts = json.loads(Path("/opt/ml/config/resourceconfig.json").read_text())["hosts"]
(target / "seen.json").write_text(json.dumps([config["ProcessingJobName"], hosts]))
Path("/opt/ml/output/message").write_text("two files")
"""


def test_inputs_are_read_and_outputs_written(emulator: Emulator) -> None:
    put(emulator, "in/a.txt", "one ")
    put(emulator, "in/sub/b.txt", "two ")
    request = processing(emulator, "upper", UPPER, Environment={"SUFFIX": "!"})
    request["ProcessingInputs"].append(read("in", f"s3://{BUCKET}/in", "/opt/ml/processing/in"))
    output = written("out", f"s3://{BUCKET}/out/", "/opt/ml/processing/out")
    request["ProcessingOutputConfig"] = {"Outputs": [output]}
    described = run_processing(emulator, request)
    assert (described["ProcessingJobStatus"], described.get("FailureReason")) == ("Completed", None)
    assert described["ExitMessage"] == "two files"
    assert described["ProcessingEndTime"] >= described["ProcessingStartTime"]
    assert get(emulator, "out/deep/a.txt") + get(emulator, "out/deep/b.txt") == b"ONE !TWO !"
    assert json.loads(get(emulator, "out/deep/seen.json")) == ["upper", ["algo-1"]]


def test_a_manifest_names_the_files(emulator: Emulator) -> None:
    put(emulator, "many/a.txt", "a")
    put(emulator, "many/b.txt", "b")
    manifest = put(emulator, "m.json", json.dumps([{"prefix": f"s3://{BUCKET}/many/"}, "b.txt"]))
    script = "import os; assert os.listdir('/opt/ml/processing/in') == ['b.txt']"
    request = processing(emulator, "manifest", script)
    item = read("in", manifest, "/opt/ml/processing/in", S3DataType="ManifestFile")
    request["ProcessingInputs"].append(item)
    assert run_processing(emulator, request)["ProcessingJobStatus"] == "Completed"


def test_a_failure_tells_exit_code_and_the_end_of_the_log(emulator: Emulator) -> None:
    described = run_processing(emulator, processing(emulator, "bad", "raise ValueError('no rows')"))
    assert described["ProcessingJobStatus"] == "Failed"
    assert "exit code: 1" in described["FailureReason"]
    assert "ValueError: no rows" in described["FailureReason"]


def test_missing_input_fails_the_job(emulator: Emulator) -> None:
    request = processing(emulator, "noinput", "")
    item = read("in", f"s3://{BUCKET}/nothing/here", "/opt/ml/processing/in")
    request["ProcessingInputs"].append(item)
    described = run_processing(emulator, request)
    assert described["FailureReason"].endswith(f"no object under s3://{BUCKET}/nothing/here")


def test_a_job_past_its_limit_is_stopped(emulator: Emulator) -> None:
    request = processing(emulator, "slow", "import time; time.sleep(60)")
    request["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    described = run_processing(emulator, request)
    assert (described["ProcessingJobStatus"], described["ExitMessage"]) == (
        "Stopped",
        "MaxRuntimeExceeded",
    )


def test_a_stopped_job_ends(emulator: Emulator, sagemaker: Any) -> None:
    request = processing(emulator, "stopme", "import time; print('stopme runs'); time.sleep(60)")
    sagemaker.create_processing_job(**request)
    wait_for_log(emulator, "/aws/sagemaker/ProcessingJobs", "stopme runs")
    sagemaker.stop_processing_job(ProcessingJobName="stopme")
    emulator.settle(timeout=60)
    described = sagemaker.describe_processing_job(ProcessingJobName="stopme")
    assert described["ProcessingJobStatus"] == "Stopped"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"InstanceCount": 17}, "InstanceCount must be 1-16 to be emulated, got 17"),
        ({"ImageUri": "acme/torch:2"}, "image acme/torch:2 is not emulated"),
        ({"LocalPath": "/data"}, "LocalPath must lie under /opt/ml, got /data"),
    ],
)
def test_what_is_not_emulated_is_refused(
    emulator: Emulator, sagemaker: Any, change: dict[str, Any], message: str
) -> None:
    request = processing(emulator, "refused", "")
    for part in (
        request["ProcessingResources"]["ClusterConfig"],
        request["AppSpecification"],
        request["ProcessingInputs"][0]["S3Input"],
    ):
        part.update({key: value for key, value in change.items() if key in part})
    with pytest.raises(ClientError, match=message):
        sagemaker.create_processing_job(**request)


def test_a_role_that_is_not_there_is_refused(emulator: Emulator, sagemaker: Any) -> None:
    request = processing(emulator, "roleless", "")
    request["RoleArn"] += "-gone"
    with pytest.raises(ClientError, match=r"Could not assume role .*jobs-gone"):
        sagemaker.create_processing_job(**request)


def test_a_name_is_taken_once(emulator: Emulator, sagemaker: Any) -> None:
    request = processing(emulator, "twice", "")
    run_processing(emulator, request)
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_processing_job(**request)


def test_listing_filters_by_status(emulator: Emulator, sagemaker: Any) -> None:
    run_processing(emulator, processing(emulator, "list-good", ""))
    run_processing(emulator, processing(emulator, "list-bad", "raise SystemExit(3)"))
    listed = sagemaker.list_processing_jobs(NameContains="list-", StatusEquals="Failed")
    assert [job["ProcessingJobName"] for job in listed["ProcessingJobSummaries"]] == ["list-bad"]
