"""What several tests of the emulator make: archives, roles, functions."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

import boto3
from botocore.config import Config

from infra.emulator.processes import is_alive
from infra.emulator.server import Emulator

REGION = "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
"""Lets SageMaker assume a role."""


def impatient(emulator: Emulator, service: str) -> Any:
    """Return a client that does not retry, so that an error shows as it comes."""
    connect: Any = boto3.client
    return connect(
        service,
        region_name=REGION,
        endpoint_url=emulator.endpoint_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - moto's own
        config=Config(retries={"total_max_attempts": 1}),
    )


def gone(pid: int) -> bool:
    """Tell whether a process that was killed has ended, which takes the kernel a moment."""
    deadline = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


def archive(**modules: str) -> bytes:
    """Return a zip archive of modules given by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, source in modules.items():
            opened.writestr(f"{name}.py", source)
    return buffer.getvalue()


def role(emulator: Emulator, name: str, *statements: dict[str, Any]) -> str:
    """Return the ARN of a new role with these statements as its policy."""
    iam = emulator.context.client("iam", REGION)
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=document)
    return arn


def function(emulator: Emulator, name: str, source: str, **settings: Any) -> str:
    """Return the ARN of a new function whose handler is ``code.handler``."""
    made = emulator.context.client("lambda", REGION).create_function(
        **{
            "FunctionName": name,
            "Runtime": "python3.13",
            "Role": settings.pop("Role", None) or role(emulator, f"{name}-function"),
            "Handler": "code.handler",
            "Code": {"ZipFile": archive(code=source)},
            **settings,
        }
    )
    arn: str = made["FunctionArn"]
    return arn
