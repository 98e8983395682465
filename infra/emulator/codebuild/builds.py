"""Starts builds, as many at a time as their project allows, and remembers them all."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.models import codebuild_backends
from moto.logs.models import logs_backends

from infra.emulator.codebuild.build import Build
from infra.emulator.codebuild.buildspec import BuildspecError
from infra.emulator.codebuild.handover import Handover, hand_over
from infra.emulator.codebuild.shell import Shell
from infra.emulator.codebuild.source import TYPES, fetch, read_buildspec
from infra.emulator.codebuild.variables import environment
from infra.emulator.context import Context

log = logging.getLogger(__name__)

TIMEOUT_MINUTES = 60
"""AWS's default."""

_OVERRIDES = {
    "projectName",
    "sourceVersion",
    "environmentVariablesOverride",
    "buildspecOverride",
    "serviceRoleOverride",
    "timeoutInMinutesOverride",
    "idempotencyToken",
}


class Builds:
    """The builds of one emulator."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._all: list[Build] = []
        self._changed = threading.Condition()

    def start(
        self,
        project_name: str,
        overrides: Mapping[str, Any],
        region: str,
        *,
        initiator: str,
        handover: Handover | None = None,
    ) -> Build:
        """Queue a build and return at once; only a pipeline hands artifacts over.

        Raises:
            ResourceNotFoundException: there is no such project.
            InvalidInputException: an override or the kind of source is not emulated.
        """
        project = self._project(project_name, region)
        build = self._make(project, overrides, region, initiator, handover)
        build.as_queued = build.described()
        with self._changed:
            self._all.append(build)
        self._context.work.submit(f"build {build.id}", self._run, build)
        return build

    def of(self, project: str | None, region: str) -> list[Build]:
        """Return the builds of a project, or of all, newest first."""
        with self._changed:
            found = [b for b in self._all if b.region == region and project in {None, b.project}]
        return found[::-1]

    def get(self, id_or_arn: str) -> Build | None:
        """Return a build by id or ARN."""
        with self._changed:
            return next((b for b in self._all if id_or_arn in {b.id, b.arn}), None)

    def stop_all(self) -> None:
        """Stop every build that has not ended."""
        with self._changed:
            for build in self._all:
                build.stop_asked.set()
            self._changed.notify_all()

    def stop(self, build: Build) -> None:
        """Stop one build; it ends shortly after."""
        build.stop_asked.set()
        with self._changed:
            self._changed.notify_all()

    def _project(self, name: str, region: str) -> dict[str, Any]:
        projects = codebuild_backends[self._context.account_id][region].codebuild_projects
        if name not in projects:
            arn = f"arn:aws:codebuild:{region}:{self._context.account_id}:project/{name}"
            raise ResourceNotFoundException(f"Project cannot be found: {arn}")
        return projects[name].project_metadata

    def _make(
        self,
        project: dict[str, Any],
        overrides: Mapping[str, Any],
        region: str,
        initiator: str,
        handover: Handover | None,
    ) -> Build:
        if unknown := overrides.keys() - _OVERRIDES:
            raise InvalidInputException(f"the emulator does not implement {sorted(unknown)}")
        name = project["name"]
        source = dict(project["source"])
        if overrides.get("buildspecOverride"):
            source["buildspec"] = overrides["buildspecOverride"]
        if (source["type"] == "CODEPIPELINE") != (handover is not None):
            raise InvalidInputException(
                f"builds of project {name} must be started by "
                + ("StartBuild" if handover else "CodePipeline, their source")
                + f", got source type {source['type']}"
            )
        if handover is None and source["type"] not in TYPES:
            raise InvalidInputException(
                f"the emulator builds sources of types {list(TYPES)}, got {source['type']}"
            )
        build_id = f"{name}:{uuid.uuid4()}"
        minutes = overrides.get("timeoutInMinutesOverride") or project.get("timeoutInMinutes")
        logs = (project.get("logsConfig") or {}).get("cloudWatchLogs") or {}
        return Build(
            project=name,
            number=1 + len(self.of(name, region)),
            build_id=build_id,
            arn=f"arn:aws:codebuild:{region}:{self._context.account_id}:build/{build_id}",
            region=region,
            role_arn=overrides.get("serviceRoleOverride") or project["serviceRole"],
            source=source,
            source_version=overrides.get("sourceVersion") or project.get("sourceVersion"),
            environment=_with_overrides(project["environment"], overrides),
            timeout_seconds=60.0 * (minutes or TIMEOUT_MINUTES),
            log_group=logs.get("groupName") or f"/aws/codebuild/{name}",
            initiator=initiator,
            handover=handover,
        )

    def _run(self, build: Build) -> None:
        self._tell(build)
        status = "FAULT"
        try:
            self._wait_turn(build)
            status = self._run_phases(build)
        finally:
            with self._changed:
                build.finish(status)
                self._changed.notify_all()
            self._tell(build)
            if build.handover is not None:
                build.handover.ended(build)

    def _wait_turn(self, build: Build) -> None:
        """Wait until fewer builds of the project run than ``concurrentBuildLimit``."""
        limit = self._project(build.project, build.region).get("concurrentBuildLimit")
        with self._changed:
            while limit and not build.stop_asked.is_set():
                unfinished = [b for b in self._all if b.project == build.project and not b.ended]
                if build in unfinished[: int(limit)]:
                    return
                self._changed.wait()

    def _run_phases(self, build: Build) -> str:
        if build.stop_asked.is_set():
            build.fail_phase("STOPPED", "BUILD_STOPPED", "the build was stopped in the queue")
            return "STOPPED"
        build.enter("PROVISIONING")
        build.enter("DOWNLOAD_SOURCE")
        try:
            directory = fetch(self._context, build)
            spec = read_buildspec(build, directory)
            variables = environment(self._context, build, spec, directory)
        except BuildspecError as error:
            build.fail_phase("FAILED", "YAML_FILE_ERROR", str(error))
            return "FAILED"
        status = Shell(build, self._log_writer(build)).run(spec, variables, directory)
        if status == "SUCCEEDED" and build.handover is not None:
            client = self._context.client("s3", build.region, role_arn=build.role_arn)
            try:
                hand_over(client, build.handover, spec.artifact, directory)
            except (BuildspecError, BotoCoreError, ClientError) as error:
                build.enter("UPLOAD_ARTIFACTS")
                build.fail_phase("FAILED", "CLIENT_ERROR", str(error))
                return "FAILED"
        return status

    def _log_writer(self, build: Build) -> Any:  # noqa: ANN401 - a closure over moto's backend
        backend: Any = logs_backends[self._context.account_id][build.region]
        backend.ensure_log_group(build.log_group)
        backend.ensure_log_stream(build.log_group, build.log_stream)

        def write(lines: list[str]) -> None:
            now = int(datetime.now(UTC).timestamp() * 1000)
            entries = [{"timestamp": now, "message": line or " "} for line in lines]
            backend.put_log_events(build.log_group, build.log_stream, entries)

        return write

    def _tell(self, build: Build) -> None:
        """Put the build's state on the event bus, where there is one."""
        send = getattr(self._context, "events", None)
        if send is None:
            return
        phases = [
            {
                "phase-type": phase.name,
                "phase-status": phase.status,
                "phase-context": [f"{c['statusCode']}: {c['message']}" for c in phase.contexts],
            }
            for phase in build.phases
        ]
        send(
            source="aws.codebuild",
            detail_type="CodeBuild Build State Change",
            detail={
                "build-status": build.status,
                "project-name": build.project,
                "build-id": build.arn,
                "current-phase": build.phase,
                "current-phase-context": "[]",
                "version": "1",
                "additional-information": {
                    "build-complete": build.ended is not None,
                    "initiator": build.initiator,
                    "build-number": build.number,
                    "logs": {"group-name": build.log_group, "stream-name": build.log_stream},
                    "phases": phases,
                },
            },
            resources=[build.arn],
            region=build.region,
        )


def _with_overrides(declared: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    variables = {v["name"]: v for v in declared.get("environmentVariables") or ()}
    for variable in overrides.get("environmentVariablesOverride") or ():
        variables[variable["name"]] = {"type": "PLAINTEXT", **variable}
    return {**declared, "environmentVariables": list(variables.values())}
