"""CodeBuild's calls, in moto's manner: methods of its response class, which we replace."""

from __future__ import annotations

import json
from typing import Any

from moto.codebuild import responses
from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from infra.emulator.codebuild.build import Build
from infra.emulator.codebuild.builds import Builds

KEPT = (
    "concurrentBuildLimit",
    "encryptionKey",
    "autoRetryLimit",
    "secondarySources",
    "secondaryArtifacts",
    "fileSystemLocations",
    "sourceVersion",
    "logsConfig",
    "vpcConfig",
    "description",
    "cache",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "tags",
    "environment",
    "artifacts",
    "source",
    "serviceRole",
)
"""Settings of a project that are stored as they are given."""

_DEFAULTS = {"timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480}


def methods(builds: Builds) -> dict[str, Any]:
    """Return what to set on ``CodeBuildResponse``."""
    created = CodeBuildResponse.create_project

    def create_project(self: CodeBuildResponse) -> ActionResult:
        answer = created(self)
        project = self.codebuild_backend.codebuild_projects[self._get_param("name")]
        project.project_metadata.update({**_DEFAULTS, **_given(self)})
        return answer

    def update_project(self: CodeBuildResponse) -> ActionResult:
        name = self._get_param("name")
        projects = self.codebuild_backend.codebuild_projects
        if name not in projects:
            raise ResourceNotFoundException(f"Project cannot be found: {name}")
        given = _given(self)
        if "source" in given:
            validate_source(given["source"])
        metadata = projects[name].project_metadata
        metadata.update(given)
        if metadata.get("concurrentBuildLimit") == -1:
            del metadata["concurrentBuildLimit"]
        projects[name].service_role = metadata["serviceRole"]
        return ActionResult({"project": metadata})

    def start_build(self: CodeBuildResponse) -> ActionResult:
        asked = json.loads(self.body)
        build = builds.start(asked["projectName"], asked, self.region, initiator="api")
        return ActionResult({"build": build.as_queued})

    def stop_build(self: CodeBuildResponse) -> ActionResult:
        build = _known(builds, self._get_param("id"))
        builds.stop(build)
        return ActionResult({"build": build.described()})

    def batch_get_builds(self: CodeBuildResponse) -> ActionResult:
        asked: list[str] = self._get_param("ids")
        if wrong := [one for one in asked if ":" not in one]:
            raise InvalidInputException(f"Invalid build ID provided: {wrong[0]}")
        found = {one: builds.get(one) for one in asked}
        return ActionResult(
            {
                "builds": [build.described() for build in found.values() if build],
                "buildsNotFound": [one for one, build in found.items() if build is None],
            }
        )

    def list_builds(self: CodeBuildResponse) -> ActionResult:
        return _listed(self, builds.of(None, self.region))

    def list_builds_for_project(self: CodeBuildResponse) -> ActionResult:
        name = self._get_param("projectName")
        if name not in self.codebuild_backend.codebuild_projects:
            raise ResourceNotFoundException(f"The provided project {name} does not exist")
        return _listed(self, builds.of(name, self.region))

    return {
        "create_project": create_project,
        "update_project": update_project,
        "start_build": start_build,
        "stop_build": stop_build,
        "batch_get_builds": batch_get_builds,
        "list_builds": list_builds,
        "list_builds_for_project": list_builds_for_project,
    }


_validate = responses._validate_required_params_source


def validate_source(source: dict[str, Any]) -> None:
    """Refuse a source as AWS does: with ``NO_SOURCE`` the buildspec must be inline.

    Raises:
        InvalidInputException: it is not valid.
    """
    if source["type"] == "CODEPIPELINE":  # it hands the source over
        return
    if source["type"] != "NO_SOURCE":
        _validate(source)
        return
    buildspec = source.get("buildspec") or ""
    if "\n" not in buildspec:
        raise InvalidInputException(
            "Invalid input: when source type is NO_SOURCE, buildspec is required and must be inline"
        )


_validate_artifacts = responses._validate_required_params_artifacts


def validate_artifacts(artifacts: dict[str, Any]) -> None:
    """Refuse artifacts as AWS does; those of a pipeline need no location.

    Raises:
        InvalidInputException: they are not valid.
    """
    if artifacts["type"] != "CODEPIPELINE":
        _validate_artifacts(artifacts)


def _given(response: CodeBuildResponse) -> dict[str, Any]:
    asked = json.loads(response.body)
    return {name: asked[name] for name in KEPT if name in asked}


def _known(builds: Builds, id_or_arn: str) -> Build:
    build = builds.get(id_or_arn)
    if build is None:
        raise ResourceNotFoundException(f"Build {id_or_arn} does not exist")
    return build


def _listed(response: CodeBuildResponse, found: list[Build]) -> ActionResult:
    ids = [build.id for build in found]
    if response._get_param("sortOrder") == "ASCENDING":
        ids.reverse()
    return ActionResult({"ids": ids})
