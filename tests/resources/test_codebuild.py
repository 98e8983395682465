"""CodeBuild projects."""

from __future__ import annotations

from typing import Any

from infra.resources.clients import EndpointClients
from infra.resources.codebuild import TYPES
from tests.resources.types import assert_lives, of, stand

PROJECT = of(TYPES, "aws:codebuild/project:Project")


def declared(role_arn: str) -> dict[str, Any]:
    return {
        "artifacts": {"type": "NO_ARTIFACTS"},
        "buildTimeout": 30,
        "description": "Delivers",
        "environment": {
            "computeType": "BUILD_GENERAL1_SMALL",
            "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
            "type": "LINUX_CONTAINER",
            "environmentVariables": [{"name": "STACK", "value": "flights-sandbox"}],
        },
        "encryptionKey": "arn:aws:kms:us-east-1:123456789012:key/k",
        "logsConfig": {"cloudwatchLogs": {"groupName": "builds", "status": "ENABLED"}},
        "serviceRole": role_arn,
        "source": {"type": "NO_SOURCE", "buildspec": "version: 0.2\nphases: {}\n"},
        "tags": {"team": "flights"},
    }


def test_a_project_reads_back_as_declared_and_goes(aws: EndpointClients, role_arn: str) -> None:
    standing = stand(PROJECT, aws, "delivery", declared(role_arn))
    assert standing.id.endswith(f":project/{standing.inputs['name']}")
    assert_lives(standing)


def test_a_changed_project_takes_the_change(aws: EndpointClients, role_arn: str) -> None:
    standing = stand(PROJECT, aws, "changing", declared(role_arn))
    changed = standing.changed(description="Delivers more", tags={"team": "vision"})
    assert changed.id == standing.id
    assert changed.outputs["description"] == "Delivers more"
    assert changed.outputs["tags"] == {"team": "vision"}
