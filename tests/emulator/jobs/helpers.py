"""Requests for small jobs."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Mapping
from typing import Any

from infra.emulator.server import Emulator

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/jobs"
BASE = "246618743249.dkr.ecr.us-east-1.amazonaws.com/sagemaker-base-python:1"
BUCKET = "jobs"
PARTS = ("credentials", "admin", "containers", "jobs")


def prepare(emulator: Emulator) -> None:
    """Make the bucket and the role that the jobs here name."""
    emulator.context.client("s3", REGION).create_bucket(Bucket=BUCKET)
    emulator.context.client("iam", REGION).create_role(
        RoleName=ROLE.rpartition("/")[2], AssumeRolePolicyDocument="{}"
    )


def put(emulator: Emulator, key: str, body: str | bytes) -> str:
    emulator.context.client("s3", REGION).put_object(Bucket=BUCKET, Key=key, Body=body)
    return f"s3://{BUCKET}/{key}"


def get(emulator: Emulator, key: str) -> bytes:
    body: bytes = (
        emulator.context.client("s3", REGION).get_object(Bucket=BUCKET, Key=key)["Body"].read()
    )
    return body


def sourcedir(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def files_in(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = [member for member in tar.getmembers() if member.isfile()]
        return {member.name: tar.extractfile(member).read() for member in members}  # type: ignore[union-attr] # files only


def processing(emulator: Emulator, name: str, script: str, **changes: Any) -> dict[str, Any]:
    code = put(emulator, f"code/{name}/step.py", script)
    return {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "AppSpecification": {
            "ImageUri": BASE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/step.py"],
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 10,
            }
        },
        "ProcessingInputs": [read("code", code, "/opt/ml/processing/input/code")],
        **changes,
    }


def read(name: str, uri: str, path: str, **changes: str) -> dict[str, Any]:
    source = {
        "S3Uri": uri,
        "LocalPath": path,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        **changes,
    }
    return {"InputName": name, "S3Input": source}


def written(name: str, uri: str, path: str) -> dict[str, Any]:
    target = {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": target}


def training(emulator: Emulator, name: str, script: str, **changes: Any) -> dict[str, Any]:
    code = put(emulator, f"code/{name}/sourcedir.tar.gz", sourcedir({"train.py": script}))
    hyperparameters = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": f'"{code}"'}
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": BASE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {
            "InstanceCount": 1,
            "InstanceType": "ml.m5.large",
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **changes,
        "HyperParameters": {**hyperparameters, **changes.get("HyperParameters", {})},
    }


def channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def run_processing(emulator: Emulator, request: dict[str, Any]) -> dict[str, Any]:
    client = emulator.context.client("sagemaker", REGION)
    client.create_processing_job(**request)
    emulator.settle(timeout=60)
    answer: dict[str, Any] = client.describe_processing_job(
        ProcessingJobName=request["ProcessingJobName"]
    )
    return answer


def run_training(
    emulator: Emulator, request: dict[str, Any], *, timeout: float = 60
) -> dict[str, Any]:
    client = emulator.context.client("sagemaker", REGION)
    client.create_training_job(**request)
    emulator.settle(timeout=timeout)
    answer: dict[str, Any] = client.describe_training_job(
        TrainingJobName=request["TrainingJobName"]
    )
    return answer


def wait_for_log(emulator: Emulator, group: str, text: str, stream: str = "") -> None:
    """Wait until a process has printed something, so that it surely runs.

    ``stream`` is what the log stream's name begins with.
    """
    logs = emulator.context.client("logs", REGION)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            found = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            found = []
        if any(
            text in event["message"] and event["logStreamName"].startswith(stream)
            for event in found
        ):
            return
        time.sleep(0.05)
    raise AssertionError(f"{text} never appeared in {group}")
