"""A transform job sends every object through the model."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.jobs.helpers import BUCKET, PARTS, REGION, ROLE, get, put

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
INFERENCE = """
def model_fn(model_dir):
    return 10

def input_fn(body, content_type):
    text = body.decode() if isinstance(body, bytes) else body
    return [int(line) for line in text.splitlines()]

def predict_fn(values, model):
    if -1 in values:
        raise ValueError("negative")
    return [value * model for value in values]

def output_fn(values, accept):
    return "\\n".join(str(value) for value in values), "text/csv"
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(parts=("credentials", "events", *PARTS[1:], "hosting")) as running:
        running.context.client("s3", REGION).create_bucket(Bucket=BUCKET)
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        running.context.client("iam", REGION).create_role(
            RoleName=ROLE.rpartition("/")[2],
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            entry = tarfile.TarInfo("code/inference.py")
            entry.size = len(INFERENCE)
            tar.addfile(entry, io.BytesIO(INFERENCE.encode()))
        running.context.client("sagemaker", REGION).create_model(
            ModelName="tens",
            ExecutionRoleArn=ROLE,
            PrimaryContainer={
                "Image": IMAGE,
                "ModelDataUrl": put(running, "tens/model.tar.gz", buffer.getvalue()),
                "Environment": {
                    "SAGEMAKER_PROGRAM": "inference.py",
                    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                },
            },
        )
        yield running


def resources(count: int) -> dict[str, Any]:
    return {"InstanceType": "ml.m5.large", "InstanceCount": count}


def transform(emulator: Emulator, name: str, prefix: str, **more: Any) -> dict[str, str]:
    client = emulator.context.client("sagemaker", REGION)
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{prefix}"}
    client.create_transform_job(
        TransformJobName=name,
        ModelName="tens",
        BatchStrategy="MultiRecord",
        TransformInput={
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/answers/{name}", "AssembleWith": "Line"},
        **{"TransformResources": resources(1), **more},
    )
    emulator.settle(timeout=60)
    told: dict[str, str] = client.describe_transform_job(TransformJobName=name)
    return told


def test_every_object_is_answered(emulator: Emulator) -> None:
    put(emulator, "asked/a.csv", "1\n2\n")
    put(emulator, "asked/deep/b.csv", "3\n")
    told = transform(emulator, "good", "asked/")
    assert (told["TransformJobStatus"], told.get("FailureReason")) == ("Completed", None)
    assert get(emulator, "answers/good/a.csv.out") == b"10\n20\n"
    assert get(emulator, "answers/good/deep/b.csv.out") == b"30\n"


def test_a_model_that_refuses_fails_the_job(emulator: Emulator) -> None:
    put(emulator, "wrong/a.csv", "-1\n")
    told = transform(emulator, "bad", "wrong/")
    assert told["TransformJobStatus"] == "Failed"
    assert "a.csv: the model answered" in told["FailureReason"]


def test_several_instances_answer_what_one_would(emulator: Emulator) -> None:
    put(emulator, "shared/a.csv", "1\n")
    put(emulator, "shared/b.csv", "2\n")
    told = transform(emulator, "two", "shared/", TransformResources=resources(2))
    assert told["TransformJobStatus"] == "Completed"
    assert [get(emulator, f"answers/two/{name}.csv.out") for name in "ab"] == [b"10\n", b"20\n"]


def test_joining_answers_with_their_input_is_refused(emulator: Emulator) -> None:
    with pytest.raises(ClientError, match="DataProcessing is not emulated"):
        transform(emulator, "joined", "asked/", DataProcessing={"JoinSource": "Input"})
