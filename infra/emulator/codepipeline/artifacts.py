"""Where a pipeline keeps what one action hands to the next."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

from infra.emulator.codebuild.handover import Location
from infra.emulator.codepipeline.execution import Execution

_VARIABLE: Final = re.compile(r"#\{([A-Za-z0-9@_-]+)\.([A-Za-z0-9_]+)\}")


class ActionError(RuntimeError):
    """An action failed; the message is what ``errorDetails`` tells."""


def place(execution: Execution, artifact: str) -> Location:
    """Return where a new artifact goes, in the manner of AWS's keys."""
    key = f"{execution.name[:20]}/{artifact[:10]}/{secrets.token_hex(4)[:7]}"
    return Location(execution.pipeline["artifactStore"]["location"], key)


def encryption(execution: Execution) -> dict[str, str]:
    """Return how S3 is asked to encrypt artifacts."""
    key = execution.pipeline["artifactStore"].get("encryptionKey")
    if key is None:
        return {}
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key["id"]}


def resolved(
    configuration: Mapping[str, str], namespaces: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Return the configuration with every ``#{namespace.variable}`` replaced.

    Raises:
        ActionError: an earlier action gave no such variable.
    """

    def value(match: re.Match[str]) -> str:
        found = namespaces.get(match[1], {}).get(match[2])
        if found is None:
            raise ActionError(f"variable {match[0]} must be an earlier action's, got none")
        return found

    return {key: _VARIABLE.sub(value, text) for key, text in configuration.items()}


def read(client: Any, location: Location) -> bytes:  # noqa: ANN401 - boto3's
    """Return an artifact."""
    body: bytes = client.get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
    return body
