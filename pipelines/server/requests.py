"""A request, its answer, and what the functions of ``inference.py`` may ask about both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"


@dataclass(slots=True)
class Request:
    """One request to ``/invocations``."""

    body: bytes
    content_type: str = "application/json"
    accept: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""


@dataclass(slots=True)
class Answer:
    """What is answered."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Context:
    """The ``context`` that functions may take last, as in SageMaker's PyTorch images."""

    def __init__(self, request: Request, device: str) -> None:
        self._request = request
        self.system_properties = {"gpu_id": 0 if device == "cuda" else None}
        self.response_headers: dict[str, str] = {}

    def get_request_header(self, _index: int, name: str) -> str | None:
        """Return a header of the request, its name in any case."""
        return self._request.headers.get(name.lower())

    def set_response_header(self, _index: int, name: str, value: str) -> None:
        """Answer with a header.

        Raises:
            ValueError: it would end the header's line.
        """
        if any(character in name + value for character in "\r\n"):
            raise ValueError(f"a response header must be one line, got {name!r}: {value!r}")
        self.response_headers[name] = value
