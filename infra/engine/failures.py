"""What went wrong, in the words of AWS, as a gRPC status.

``UNKNOWN`` and ``INTERNAL`` make the engine believe that the resource may or may not exist, and
note a pending operation in its state; so they are kept for faults of the handlers themselves.
"""

from __future__ import annotations

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from botocore.exceptions import BotoCoreError, ClientError

from infra.resources.handler import InputError

_CODES = {
    "AccessDenied": grpc.StatusCode.PERMISSION_DENIED,
    "AccessDeniedException": grpc.StatusCode.PERMISSION_DENIED,
    "ConflictException": grpc.StatusCode.ALREADY_EXISTS,
    "ResourceInUse": grpc.StatusCode.ALREADY_EXISTS,
    "ResourceLimitExceeded": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "ResourceNotFound": grpc.StatusCode.NOT_FOUND,
    "ResourceNotFoundException": grpc.StatusCode.NOT_FOUND,
    "ValidationException": grpc.StatusCode.INVALID_ARGUMENT,
}


def status_of(error: Exception) -> tuple[grpc.StatusCode, str]:
    """Return status and message of an error that a handler raised."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "Unknown")
        text = error.response.get("Error", {}).get("Message", "")
        status = _CODES.get(code, grpc.StatusCode.FAILED_PRECONDITION)
        return status, f"{error.operation_name}: {code}: {text}"
    if isinstance(error, InputError):
        return grpc.StatusCode.INVALID_ARGUMENT, str(error)
    if isinstance(error, BotoCoreError):
        return grpc.StatusCode.UNAVAILABLE, f"{type(error).__name__}: {error}"
    if isinstance(error, LookupError):
        return grpc.StatusCode.NOT_FOUND, str(error.args[0] if error.args else error)
    return grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}"
