"""What an API server answers where it refuses: objects of kind ``Status``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.wrappers import Response

CODES = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "AlreadyExists": 409,
    "Conflict": 409,
    "UnsupportedMediaType": 415,
    "Invalid": 422,
    "TooManyRequests": 429,
    "InternalError": 500,
    "NotImplemented": 501,
    "ServiceUnavailable": 503,
}


@dataclass(frozen=True, slots=True)
class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered with a ``Status``."""

    reason: str
    """One of ``CODES``."""
    message: str
    group: str = ""
    kind: str = ""
    """The resource, in plural, as ``details`` has it."""
    name: str = ""
    causes: Sequence[str] = ()
    cause: str = "FieldValueInvalid"
    """Of what kind the causes are."""

    def __str__(self) -> str:
        """Return the message."""
        return self.message

    def response(self) -> Response:
        """Return the answer."""
        details = {
            "name": self.name,
            "group": self.group,
            "kind": self.kind,
            "causes": [{"reason": self.cause, "message": one} for one in self.causes],
        }
        code = CODES[self.reason]
        return answer(
            {
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Failure",
                "message": self.message,
                "reason": self.reason,
                "details": {key: value for key, value in details.items() if value},
                "code": code,
            },
            code,
        )


def answer(value: object, status: int = 200) -> Response:
    """Return JSON."""
    return Response(json.dumps(value), status, {"Content-Type": "application/json"})
