"""An approved version under Pulumi's engine: what the registry says is what is served."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.emulator.server import Emulator
from tests.engine.cli import Cli
from tests.engine.leftovers import standing

STACK = "flights-sandbox"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
MODULE = """
def model_fn(model_dir): return {answer!r}
def input_fn(body, content_type): return body
def predict_fn(data, model): return model
def output_fn(prediction, accept): return prediction, "text/csv"
"""


def test_an_approved_version_is_served_and_the_next_one_takes_its_place(
    pulumi: Callable[[Path, str], Cli], checkout: Path, emulator: Emulator
) -> None:
    cli = pulumi(checkout, STACK)
    cli.init()
    cli.up()
    approve(emulator, "first")
    created = cli.up()
    assert set(created.counts) == {"create"}
    assert {"flights-serving-model", "flights-serving-configuration"} <= set(
        created.names("create")
    )
    assert answer(emulator) == "first"
    assert cli.preview().counts == {}
    assert cli.refresh().counts == {}

    approve(emulator, "second")
    rolled = cli.up()
    assert rolled.names("create-replacement") == [
        "flights-serving-configuration",
        "flights-serving-model",
    ]
    assert rolled.names("update") == ["flights-serving-endpoint"]
    assert answer(emulator) == "second"
    assert cli.preview().counts == {}
    with pytest.raises(AssertionError, match="still holds 2 model packages"):
        cli.destroy()
    forget(emulator)
    cli.destroy()
    assert standing(emulator.endpoint_url) == {}


def forget(emulator: Emulator) -> None:
    """Delete the versions, which no stack owns; AWS keeps a group that holds any."""
    sagemaker = emulator.context.client("sagemaker", "us-east-1")
    listed = sagemaker.list_model_packages(ModelPackageGroupName=f"{STACK}-flights")
    for package in listed["ModelPackageSummaryList"]:
        sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])


def approve(emulator: Emulator, name: str) -> None:
    """Register an approved version that answers with its name."""
    s3, sagemaker = (
        emulator.context.client(service, "us-east-1") for service in ("s3", "sagemaker")
    )
    bucket = next(one["Name"] for one in s3.list_buckets()["Buckets"] if "artifacts" in one["Name"])
    s3.put_object(Bucket=bucket, Key=f"{name}/model.tar.gz", Body=archive(name))
    container: dict[str, Any] = {
        "Image": IMAGE,
        "ModelDataUrl": f"s3://{bucket}/{name}/model.tar.gz",
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        },
    }
    sagemaker.create_model_package(
        ModelPackageGroupName=f"{STACK}-flights",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )


def archive(name: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        code = MODULE.format(answer=name).encode()
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(code)
        tar.addfile(member, io.BytesIO(code))
    return buffer.getvalue()


def answer(emulator: Emulator) -> str:
    runtime = emulator.context.client("sagemaker-runtime", "us-east-1")
    told = runtime.invoke_endpoint(
        EndpointName=f"{STACK}-flights", Body="1", ContentType="text/csv"
    )
    text: str = told["Body"].read().decode()
    return text.strip()
