"""What a pipeline's structure must be for AWS to take it, and for the emulator to run it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from moto.codepipeline.exceptions import InvalidStructureException
from moto.iam.models import iam_backends

SERVICE: Final = "codepipeline.amazonaws.com"
RUN: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("Source", "S3"): frozenset({"S3Bucket", "S3ObjectKey", "PollForSourceChanges"}),
    ("Build", "CodeBuild"): frozenset({"ProjectName", "PrimarySource", "EnvironmentVariables"}),
    ("Test", "CodeBuild"): frozenset({"ProjectName", "PrimarySource", "EnvironmentVariables"}),
    ("Approval", "Manual"): frozenset({"NotificationArn", "CustomData", "ExternalEntityLink"}),
    ("Deploy", "S3"): frozenset({"BucketName", "ObjectKey", "Extract", "KMSEncryptionKeyARN"}),
}
"""Category and provider of the actions that run here, with the settings that are heeded."""
_CONDITIONS: Final = ("beforeEntry", "onFailure", "onSuccess", "blockers")


def kind(action: Mapping[str, Any]) -> tuple[str, str]:
    """Return category and provider of an action."""
    type_id = action["actionTypeId"]
    return str(type_id["category"]), str(type_id["provider"])


def check(pipeline: Mapping[str, Any], account_id: str) -> None:
    """Refuse what AWS refuses when a pipeline is created or changed.

    Raises:
        InvalidStructureException: it is refused; the message says why.
    """
    _check_role(str(pipeline["roleArn"]), account_id)
    stages = pipeline["stages"]
    if len(stages) < 2:  # noqa: PLR2004 - AWS's
        raise InvalidStructureException(
            f"Pipeline has only {len(stages)} stage(s). There should be a minimum of 2 stages in a"
            " pipeline"
        )
    _check_names("stages", [stage["name"] for stage in stages])
    known: set[str] = set()
    for number, stage in enumerate(stages):
        if not stage["actions"]:
            raise InvalidStructureException(f"stage {stage['name']} must have an action, got none")
        _check_names(
            f"actions of stage {stage['name']}", [action["name"] for action in stage["actions"]]
        )
        for action in sorted(stage["actions"], key=lambda one: int(one.get("runOrder", 1))):
            _check_action(action, first=number == 0, known=known)


def cannot_run(pipeline: Mapping[str, Any]) -> str | None:
    """Return why the emulator cannot run a pipeline; ``None`` where it can."""
    return next(_unknown(pipeline), None)


def _unknown(pipeline: Mapping[str, Any]) -> Iterator[str]:
    if "artifactStore" not in pipeline:
        yield "artifactStores: the emulator has one region for all artifacts, artifactStore"
    if pipeline.get("executionMode") == "PARALLEL":
        yield "executionMode PARALLEL is not emulated; QUEUED and SUPERSEDED are"
    for member in ("triggers", "variables"):
        if pipeline.get(member):
            yield f"{member} of a pipeline are not emulated"
    for stage in pipeline["stages"]:
        for member in _CONDITIONS:
            if stage.get(member):
                yield f"{member} of stage {stage['name']} is not emulated"
        for action in stage["actions"]:
            yield from _unknown_action(f"{stage['name']}/{action['name']}", action)


def _unknown_action(where: str, action: Mapping[str, Any]) -> Iterator[str]:
    category, provider = kind(action)
    if provider == "CodeStarSourceConnection":
        yield (
            f"{where}: a connection leads to a repository elsewhere, which nothing on this machine"
            " can reach; use an S3 source here"
        )
    elif (heeded := RUN.get((category, provider))) is None:
        runs = ", ".join(sorted(f"{one}/{other}" for one, other in RUN))
        yield f"{where}: {category}/{provider} is not emulated; these are: {runs}"
    else:
        configuration = action.get("configuration") or {}
        if unknown := sorted(configuration.keys() - heeded):
            yield f"{where}: {unknown} of {category}/{provider} is not emulated"
        if provider == "S3" and category == "Source":
            polls = str(configuration.get("PollForSourceChanges", "true")).lower()
            if polls != "false":
                yield f"{where}: PollForSourceChanges must be false, for nothing polls; got {polls}"
        if (category, provider) == ("Build", "CodeBuild") and len(_names(action, "output")) > 1:
            yield f"{where}: more than one output artifact of a build is not emulated"


def _check_action(action: Mapping[str, Any], *, first: bool, known: set[str]) -> None:
    category, _ = kind(action)
    if (category == "Source") is not first:
        rule = "only source actions" if first else "no source action"
        raise InvalidStructureException(
            f"action {action['name']}: the {'first' if first else 'later'} stage must have {rule},"
            f" got {category}"
        )
    if missing := [name for name in _names(action, "input") if name not in known]:
        raise InvalidStructureException(
            f"action {action['name']}: input artifact {missing[0]} must be an earlier action's"
            " output"
        )
    for name in _names(action, "output"):
        if name in known:
            raise InvalidStructureException(
                f"action {action['name']}: output artifact {name} must have one action that makes"
                " it, got two"
            )
        known.add(name)


def _names(action: Mapping[str, Any], direction: str) -> list[str]:
    return [one["name"] for one in action.get(f"{direction}Artifacts") or ()]


def _check_names(what: str, names: list[str]) -> None:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise InvalidStructureException(f"{what} must have different names, got {twice[0]} twice")


def _check_role(role_arn: str, account_id: str) -> None:
    """Refuse a role that is not there, or that CodePipeline may not assume."""
    roles = iam_backends[account_id]["aws"].roles.values()
    held = next((role for role in roles if role.arn == role_arn), None)
    trusted: set[str] = set()
    for statement in json.loads(held.assume_role_policy_document)["Statement"] if held else ():
        services = (statement.get("Principal") or {}).get("Service") or ()
        trusted |= {services} if isinstance(services, str) else set(services)
    if SERVICE not in trusted:
        raise InvalidStructureException(
            f"CodePipeline is not authorized to perform AssumeRole on role {role_arn}"
        )
