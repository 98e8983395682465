"""Clients of one emulator, a role, a bucket, and models made of a few lines."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from infra.emulator.server import Emulator
from tests.emulator.support import TRUST, impatient

BUCKET = "models"
ACCOUNT = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
SKLEARN = f"{ACCOUNT}/sagemaker-scikit-learn:1.4-2-cpu-py3"
XGBOOST = f"{ACCOUNT}/sagemaker-xgboost:3.0-5"
ECHO = """
import os
def model_fn(model_dir): return {answer!r}
def input_fn(body, content_type):
    if body == "boom": raise ValueError("no such flight")
    return body
def predict_fn(data, model): return model + ":" + data
def output_fn(prediction, accept): return prediction, "text/csv"
"""
BROKEN = "def model_fn(model_dir): raise RuntimeError('weights are missing')\n"


def archive(files: dict[str, bytes]) -> bytes:
    """Return a ``model.tar.gz``."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@dataclass(frozen=True)
class Host:
    """What the tests talk to."""

    emulator: Emulator
    sagemaker: Any
    runtime: Any
    s3: Any
    cloudwatch: Any
    role_arn: str

    def model(self, name: str, code: str | None = None, **changes: Any) -> str:
        """Create a model whose module is ``code``, by default one that answers with its name."""
        module = ECHO.format(answer=name) if code is None else code
        key = f"{name}/model.tar.gz"
        body = archive({"code/inference.py": module.encode()})
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        environment = {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        }
        container = {
            "Image": SKLEARN,
            "ModelDataUrl": f"s3://{BUCKET}/{key}",
            "Environment": environment,
        }
        arguments = {"PrimaryContainer": container, "ExecutionRoleArn": self.role_arn, **changes}
        self.sagemaker.create_model(ModelName=name, **arguments)
        return name

    def config(self, name: str, *models: str, weights: tuple[float, ...] = (), **more: Any) -> str:
        """Create a configuration with a variant for each model, named as the model."""
        variants = [
            variant(model, weight)
            for model, weight in zip(models, weights or (1.0,) * len(models), strict=True)
        ]
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=variants, **more
        )
        return name

    def endpoint(self, name: str, config: str) -> str:
        """Create an endpoint and wait for it."""
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        self.emulator.settle()
        return name

    def serving(self, name: str, **more: Any) -> str:
        """Create model, configuration and endpoint of one name."""
        self.model(name)
        return self.endpoint(name, self.config(name, name, **more))

    def ask(self, endpoint: str, body: str = "1", **more: Any) -> str:
        """Return the endpoint's answer."""
        answer = self.runtime.invoke_endpoint(
            EndpointName=endpoint, Body=body, ContentType="text/csv", **more
        )
        text: str = answer["Body"].read().decode()
        return text

    def describe(self, endpoint: str) -> dict[str, Any]:
        """Return DescribeEndpoint's answer."""
        found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=endpoint)
        return found

    def await_status(self, endpoint: str, status: str) -> None:
        """Wait, in real time, until the endpoint has a status."""
        deadline = time.monotonic() + 30
        while self.describe(endpoint)["EndpointStatus"] != status:
            assert time.monotonic() < deadline, self.describe(endpoint)
            time.sleep(0.02)


def variant(model: str, weight: float = 1.0, **changes: Any) -> dict[str, Any]:
    """Return a production variant named as its model."""
    return {
        "VariantName": model,
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": weight,
        **changes,
    }


@pytest.fixture(scope="package")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run one emulator for all modules of this folder: their names do not meet."""
    with Emulator(workspace=tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.fixture(scope="package")
def host(emulator: Emulator) -> Host:
    """Return clients, a bucket and a role."""
    client = partial(impatient, emulator)
    client("s3").create_bucket(Bucket=BUCKET)
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
    return Host(
        emulator,
        client("sagemaker"),
        client("sagemaker-runtime"),
        client("s3"),
        client("cloudwatch"),
        role["Role"]["Arn"],
    )
