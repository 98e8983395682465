"""A SageMaker client."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

from infra.emulator.server import Emulator


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
