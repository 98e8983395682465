"""Builds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from infra.policy.ask import each, get, is_false, is_own_key, known, must, one_of
from infra.policy.model import Problem, Resource, Rule, Stack

PROJECT: Final = ("aws:codebuild/project:Project",)
WITH_CREDENTIALS: Final = re.compile(r"^[a-z]+://[^/\s]+@", re.IGNORECASE)
AWS_OWN: Final = re.compile(r"^aws/codebuild/|^[^/]+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/")
CREDENTIALS: Final = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})


def _no_credentials_in_urls(one: Resource, _: Stack) -> Iterator[Problem]:
    for source in (*each(get(one.props, "source")), *each(get(one.props, "secondarySources"))):
        if WITH_CREDENTIALS.match(str(known(get(source, "location")) or "")):
            yield Problem(
                what="source.location must hold no credentials",
                found="user or token before the host",
                at=str(get(source, "sourceIdentifier") or ""),
            )


def _no_clear_credentials(one: Resource, _: Stack) -> Iterator[Problem]:
    for variable in each(get(one.props, "environment.environmentVariables")):
        name = str(get(variable, "name"))
        if name in CREDENTIALS and one_of(None, "", "PLAINTEXT")(get(variable, "type")):
            yield Problem(what="a variable must hold no credential", found=name, at=name)


def _logs(one: Resource, _: Stack) -> Iterator[Problem]:
    states = [get(one.props, f"logsConfig.{kind}.status") for kind in ("cloudwatchLogs", "s3Logs")]
    if not any(one_of("ENABLED")(state) for state in states):
        yield Problem(what="logsConfig must have logs that are ENABLED", found=states)


def _image_of_a_registry(one: Resource, _: Stack) -> Iterator[Problem]:
    image = known(get(one.props, "environment.image"))
    if not AWS_OWN.match(str(image)):
        yield Problem(what="environment.image must be AWS's own or of a private ECR", found=image)


def _artifacts_are_encrypted(one: Resource, _: Stack) -> Iterator[Problem]:
    for artifact in (
        *each(get(one.props, "artifacts")),
        *each(get(one.props, "secondaryArtifacts")),
    ):
        if not is_false(get(artifact, "encryptionDisabled")):
            yield Problem(
                what="artifacts.encryptionDisabled must be false",
                found=True,
                at=str(get(artifact, "artifactIdentifier") or ""),
            )


RULES: Final = (
    Rule(
        id="CodeBuild.1",
        title="Builds fetch their source without credentials in its address",
        types=PROJECT,
        check=_no_credentials_in_urls,
        remedy="Authorise by a connection of CodeConnections",
    ),
    Rule(
        id="CodeBuild.2",
        title="Settings of builds hold no credentials",
        types=PROJECT,
        check=_no_clear_credentials,
        remedy="Give the build's role the permission",
    ),
    Rule(
        id="CodeBuild.3",
        title="Logs of builds in S3 are encrypted",
        types=PROJECT,
        check=must("logsConfig.s3Logs.encryptionDisabled", is_false, "false"),
        remedy="Leave encryptionDisabled out",
        also=("CKV_AWS_311",),
    ),
    Rule(
        id="CodeBuild.4",
        title="Builds are logged",
        types=PROJECT,
        check=_logs,
        remedy="Give the project a logsConfig",
        also=("CKV_AWS_314",),
    ),
    Rule(
        id="CodeBuild.5",
        title="Builds are not privileged",
        types=PROJECT,
        check=must("environment.privilegedMode", is_false, "false"),
        remedy="Leave privilegedMode out; it is for builds of images alone",
        also=("CKV_AWS_316",),
    ),
    Rule(
        id="CodeBuild.7",
        title="Reports of builds are encrypted",
        types=("aws:codebuild/reportGroup:ReportGroup",),
        check=must(
            "exportConfig.s3Destination.encryptionDisabled",
            is_false,
            "false",
            where="exportConfig.s3Destination",
        ),
        remedy="Leave encryptionDisabled out",
    ),
    Rule(
        id="CKV_AWS_78",
        title="What builds make is encrypted",
        types=PROJECT,
        check=_artifacts_are_encrypted,
        remedy="Leave encryptionDisabled out",
    ),
    Rule(
        id="CKV_AWS_147",
        title="Builds are encrypted with a customer key",
        types=PROJECT,
        check=must("encryptionKey", is_own_key, "a customer key"),
        remedy="Give the project an encryptionKey",
        also=("AwsSolutions-CB4",),
    ),
    Rule(
        id="AwsSolutions-CB5",
        title="Builds run in images of AWS or of a private registry",
        types=PROJECT,
        check=_image_of_a_registry,
        remedy="Mirror the image into ECR",
    ),
)
