"""CodePipeline's pipelines."""

from __future__ import annotations

from typing import Any

import pytest

from infra.resources.clients import EndpointClients
from infra.resources.codepipeline import TYPES
from infra.resources.handler import InputError
from tests.resources.types import assert_lives, of, stand

PIPELINE = of(TYPES, "aws:codepipeline/pipeline:Pipeline")
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"


def declared(role_arn: str) -> dict[str, Any]:
    return {
        "pipelineType": "V2",
        "executionMode": "QUEUED",
        "roleArn": role_arn,
        "artifactStores": [
            {"type": "S3", "location": "artifacts", "encryptionKey": {"id": KEY, "type": "KMS"}}
        ],
        "stages": [
            {
                "name": "Source",
                "actions": [
                    {
                        "name": "Source",
                        "category": "Source",
                        "owner": "AWS",
                        "provider": "S3",
                        "version": "1",
                        "namespace": "Source",
                        "configuration": {"S3Bucket": "b", "S3ObjectKey": "source.zip"},
                        "outputArtifacts": ["source"],
                    }
                ],
            },
            {
                "name": "Check",
                "actions": [
                    {
                        "name": "Check",
                        "category": "Build",
                        "owner": "AWS",
                        "provider": "CodeBuild",
                        "version": "1",
                        "runOrder": 2,
                        "configuration": {"ProjectName": "check"},
                        "inputArtifacts": ["source"],
                        "outputArtifacts": ["released"],
                    }
                ],
            },
        ],
        "tags": {"team": "flights"},
    }


def test_a_pipeline_reads_back_as_declared_and_goes(aws: EndpointClients, role_arn: str) -> None:
    standing = stand(PIPELINE, aws, "delivery", declared(role_arn))
    name = standing.inputs["name"]
    assert standing.id == name
    assert standing.outputs["arn"] == f"arn:aws:codepipeline:us-east-1:123456789012:{name}"
    held = aws("codepipeline").get_pipeline(name=name)["pipeline"]
    action = held["stages"][1]["actions"][0]
    assert action["actionTypeId"]["provider"] == "CodeBuild"
    assert action["inputArtifacts"] == [{"name": "source"}]
    assert held["artifactStore"]["encryptionKey"] == {"id": KEY, "type": "KMS"}
    assert_lives(standing)


def test_a_changed_pipeline_takes_the_change(aws: EndpointClients, role_arn: str) -> None:
    standing = stand(PIPELINE, aws, "changing", declared(role_arn))
    stages = declared(role_arn)["stages"]
    stages[1]["actions"][0]["configuration"]["ProjectName"] = "other"
    changed = standing.changed(stages=stages, executionMode="SUPERSEDED", tags={"team": "vision"})
    assert changed.outputs["stages"] == stages
    assert changed.outputs["executionMode"] == "SUPERSEDED"
    assert changed.outputs["tags"] == {"team": "vision"}
    assert_lives(changed)


def test_an_action_that_aws_has_no_member_for_is_refused(role_arn: str) -> None:
    inputs = declared(role_arn)
    inputs["stages"][0]["actions"][0]["namespce"] = "Source"
    with pytest.raises(InputError, match=r"namespce is no property, close: \['namespace'"):
        PIPELINE.faults("p", PIPELINE.check("p", inputs))


def test_what_aws_refuses_of_a_pipeline_is_told_unsent(role_arn: str) -> None:
    inputs = declared(role_arn)
    inputs["stages"][1]["actions"][0]["category"] = "Bild"
    (fault,) = PIPELINE.faults("p", PIPELINE.check("p", inputs))
    assert "actionTypeId.category must be one of AWS's" in fault


def test_git_triggers_are_told_in_aws_s_words(role_arn: str) -> None:
    push = {"branches": {"includes": ["main"]}}
    trigger = {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": "Source", "pushes": [push]},
    }
    checked = PIPELINE.check("p", {**declared(role_arn), "triggers": [trigger]})
    assert PIPELINE.faults("p", checked) == []
    ((_, told),) = PIPELINE.requests(checked)  # type: ignore[attr-defined]  # of rows
    git = told["pipeline"]["triggers"][0]["gitConfiguration"]
    assert git["push"][0]["branches"]["includes"] == ["main"]
