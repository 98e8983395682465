"""A SageMaker client and the events that it caused."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest
from botocore.config import Config

from infra.emulator.server import Emulator

SPECIFICATION = {
    "Containers": [
        {"Image": "acme/sagemaker-xgboost:3.0-5", "ModelDataUrl": "s3://m/model.tar.gz"}
    ],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


@pytest.fixture(scope="module")
def sagemaker(emulator: Emulator) -> Any:
    """Return a client that does not retry."""
    connect: Any = boto3.client
    return connect(
        "sagemaker",
        region_name="us-east-1",
        endpoint_url=emulator.endpoint_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - moto's own
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def group(sagemaker: Any, request: pytest.FixtureRequest) -> str:
    """Create a group named after the test."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name)[:63].rstrip("-")
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    return str(name)


def register(sagemaker: Any, group: str, **more: Any) -> str:
    """Register a version; returns its ARN."""
    answer = sagemaker.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=SPECIFICATION, **more
    )
    return str(answer["ModelPackageArn"])
