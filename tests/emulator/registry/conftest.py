"""Groups and versions."""

from __future__ import annotations

import re
from typing import Any

import pytest

SPECIFICATION = {
    "Containers": [
        {"Image": "acme/sagemaker-xgboost:3.0-5", "ModelDataUrl": "s3://m/model.tar.gz"}
    ],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


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
