"""The stages of a delivery pipeline, as CodePipeline takes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components._place import here
from components.revisions import RELEASE_KEY, Connection, SourceObject

BUILD_ID: Final = "CODEBUILD_BUILD_ID"
"""What the preview exports, so that whoever approves is led to its log."""

HANDED_ON: Final[Mapping[str, object]] = {
    "files": ["**/*"],
    # What the checks leave behind, but for the pipelines that they compiled (.mlops/compiled).
    "exclude-paths": [
        ".venv*/**/*",
        "**/__pycache__/**/*",
        ".*_cache/**/*",
        "build/**/*",
        ".mlops/emulator*",
    ],
}
"""Artifacts of the checks' buildspec."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StagePlan:
    """What the stages consist of."""

    source: Connection | SourceObject
    projects: Mapping[str, aws.codebuild.Project]
    """``preview``, ``deploy`` and, where the source is not yet a release, ``check``."""
    topic_arn: pulumi.Input[str]
    asked: str
    releases_to: pulumi.Input[str] | None
    """Bucket that gets the revision once it is delivered."""
    data_key_arn: pulumi.Input[str]


def stages(plan: StagePlan) -> list[Any]:
    """Return them: source, check, deliver and release, the second and last where there is any.

    Preview, approval and deployment are one stage: nothing else can be deployed between them.
    """
    checks = "check" in plan.projects
    revision = "checked" if checks else "release"
    found = [
        {"name": "Source", "actions": [_source(plan.source, "source" if checks else revision)]}
    ]
    if checks:
        check = _build("Check", plan.projects["check"], takes="source", gives=revision)
        found.append({"name": "Check", "actions": [check]})
    preview = _build("Preview", plan.projects["preview"], takes=revision, namespace="Preview")
    deploy = _build("Deploy", plan.projects["deploy"], takes=revision, order=3)
    found.append({"name": "Deliver", "actions": [preview, _approval(plan), deploy]})
    if plan.releases_to is not None:
        found.append({"name": "Release", "actions": [_release(plan, plan.releases_to, revision)]})
    return found


def failed(pipeline_name: str) -> str:
    """Return the event pattern of executions that failed; a rejected one has."""
    return json.dumps(
        {
            "source": ["aws.codepipeline"],
            "detail-type": ["CodePipeline Pipeline Execution State Change"],
            "detail": {"pipeline": [pipeline_name], "state": ["FAILED"]},
        },
        sort_keys=True,
    )


def _source(source: Connection | SourceObject, gives: str) -> dict[str, Any]:
    if isinstance(source, Connection):
        settings: Mapping[str, pulumi.Input[str]] = {
            "ConnectionArn": source.arn,
            "FullRepositoryId": source.repository,
            "BranchName": source.branch,
            "DetectChanges": "true",
        }
        return _action("Source", "Source", "CodeStarSourceConnection", settings, gives=gives)
    settings = {
        "S3Bucket": source.bucket,
        "S3ObjectKey": source.key,
        "PollForSourceChanges": "false",
    }
    return _action("Source", "Source", "S3", settings, gives=gives)


def _build(  # noqa: PLR0913 - keywords, each with one meaning
    name: str,
    project: aws.codebuild.Project,
    *,
    takes: str,
    gives: str | None = None,
    order: int = 1,
    namespace: str | None = None,
) -> dict[str, Any]:
    settings = {"ProjectName": project.name}
    built = _action(name, "Build", "CodeBuild", settings, takes=takes, gives=gives, order=order)
    return {**built, **({"namespace": namespace} if namespace else {})}


def _approval(plan: StagePlan) -> dict[str, Any]:
    link = pulumi.Output.all(here(), plan.projects["preview"].name).apply(
        lambda both: (
            f"https://{both[0].region}.console.aws.amazon.com/codesuite/codebuild/"
            f"{both[0].account_id}/projects/{both[1]}/build/#{{Preview.{BUILD_ID}}}/log"
        )
    )
    settings = {
        "NotificationArn": plan.topic_arn,
        "CustomData": plan.asked,
        "ExternalEntityLink": link,
    }
    return _action("Approve", "Approval", "Manual", settings, order=2)


def _release(plan: StagePlan, bucket: pulumi.Input[str], takes: str) -> dict[str, Any]:
    settings = {
        "BucketName": bucket,
        "ObjectKey": RELEASE_KEY,
        "Extract": "false",
        "KMSEncryptionKeyARN": plan.data_key_arn,
    }
    return _action("Release", "Deploy", "S3", settings, takes=takes)


def _action(  # noqa: PLR0913 - keywords, each with one meaning
    name: str,
    category: str,
    provider: str,
    configuration: Mapping[str, pulumi.Input[str]],
    *,
    takes: str | None = None,
    gives: str | None = None,
    order: int = 1,
) -> dict[str, Any]:
    return {
        "name": name,
        "category": category,
        "owner": "AWS",
        "provider": provider,
        "version": "1",
        "run_order": order,
        "configuration": dict(configuration),
        **({"input_artifacts": [takes]} if takes else {}),
        **({"output_artifacts": [gives]} if gives else {}),
    }
