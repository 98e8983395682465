"""The environment of a build's shell."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.emulator.codebuild.build import Build
from infra.emulator.codebuild.buildspec import Buildspec, BuildspecError
from infra.emulator.context import Context


def environment(context: Context, build: Build, spec: Buildspec, source: Path) -> dict[str, str]:
    """Return it: the project's variables go before the buildspec's, the caller's before both.

    This machine's tools stand in for the image's; ``python`` is the emulator's own.

    Raises:
        BuildspecError: a parameter or secret cannot be read with the build's role.
    """
    base = context.environment(build.region, build.role_arn)
    tools = str(Path(sys.executable).parent)
    declared = {
        **spec.variables,
        **_fetched(context, build, spec.parameter_store, "PARAMETER_STORE"),
        **_fetched(context, build, spec.secrets_manager, "SECRETS_MANAGER"),
    }
    for variable in build.environment.get("environmentVariables") or ():
        kind = variable.get("type") or "PLAINTEXT"
        name, value = variable["name"], variable["value"]
        declared[name] = value if kind == "PLAINTEXT" else _fetch(context, build, value, kind)
    return {
        **base,
        "PATH": os.pathsep.join([tools, base.get("PATH", os.defpath)]),
        "CI": "true",
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_IMAGE": str(build.environment.get("image", "")),
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_LOG_PATH": build.log_stream,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.source_version or "",
        "CODEBUILD_SOURCE_VERSION": build.source_version or "",
        "CODEBUILD_SRC_DIR": str(source),
        **{
            f"CODEBUILD_SRC_DIR_{name}": at
            for name, at in build.directories.items()
            if at != str(source)
        },
        "CODEBUILD_START_TIME": str(int(build.began.timestamp() * 1000)),
        **declared,
    }


def _fetched(context: Context, build: Build, names: Mapping[str, str], kind: str) -> dict[str, str]:
    return {name: _fetch(context, build, value, kind) for name, value in names.items()}


def _fetch(context: Context, build: Build, reference: str, kind: str) -> str:
    try:
        if kind == "PARAMETER_STORE":
            client = context.client("ssm", build.region, role_arn=build.role_arn)
            found = client.get_parameter(Name=reference, WithDecryption=True)
            return str(found["Parameter"]["Value"])
        return _secret(context, build, reference)
    except Exception as error:
        raise BuildspecError(f"{kind} {reference!r} cannot be read: {error}") from error


def _secret(context: Context, build: Build, reference: str) -> str:
    """Read ``id[:json key[:version stage[:version id]]]``; an ARN holds six colons of its own."""
    parts = reference.split(":")
    length = 7 if reference.startswith("arn:") else 1
    secret, rest = ":".join(parts[:length]), [*parts[length:], "", "", ""]
    asked: dict[str, Any] = {"SecretId": secret}
    if rest[1]:
        asked["VersionStage"] = rest[1]
    if rest[2]:
        asked["VersionId"] = rest[2]
    client = context.client("secretsmanager", build.region, role_arn=build.role_arn)
    text = str(client.get_secret_value(**asked)["SecretString"])
    return str(json.loads(text)[rest[0]]) if rest[0] else text
