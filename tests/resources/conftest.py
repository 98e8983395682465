"""What every test of the table stands on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.emulator.server import Emulator
from infra.resources.clients import EndpointClients

PARTS = (
    "credentials",
    "lambdas",
    "apigateway",
    "codebuild",
    "codepipeline",
    "scheduler",
    "alarms",
    "tags",
)
"""What changes how resources are kept; nothing that runs."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run one emulator for the tests of a module; each module begins empty."""
    with Emulator(workspace=tmp_path_factory.mktemp("workspace"), parts=PARTS) as running:
        yield running


@pytest.fixture(scope="module")
def aws(emulator: Emulator) -> Iterator[EndpointClients]:
    """Return clients of the emulator."""
    clients = EndpointClients(emulator.endpoint_url)
    yield clients
    clients.close()


@pytest.fixture(scope="module")
def role_arn(aws: EndpointClients, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a role that any service may assume."""
    name = Path(tmp_path_factory.mktemp("role")).name
    services = ["codebuild", "codepipeline", "events", "lambda", "scheduler"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": [f"{service}.amazonaws.com" for service in services]},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    arn: str = made["Role"]["Arn"]
    return arn
