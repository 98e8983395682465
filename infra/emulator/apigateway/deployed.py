"""What a deployment serves: its methods as they were when it was made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """One method of one resource."""

    resource_id: str
    resource_path: str
    """With its variables: ``/score/{proxy+}``."""
    http_method: str
    """``ANY`` takes every one that the resource does not name."""
    authorization: str
    api_key_required: bool
    integration_type: str
    integration_uri: str
    integration_credentials: str | None
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Matched:
    """A method and the values of its path's variables."""

    method: Method
    parameters: dict[str, str]


def methods_of(api: Any) -> tuple[Method, ...]:  # noqa: ANN401 - moto's
    """Return the methods that the API has now."""
    return tuple(
        _method(resource, name, method)
        for resource in api.resources.values()
        for name, method in resource.resource_methods.items()
    )


def match(methods: Iterable[Method], http_method: str, path: str) -> Matched | None:
    """Return the most specific method for a path below the stage, as API Gateway chooses.

    A literal segment goes before a variable, a variable before ``{proxy+}``, a named method before
    ``ANY``.
    """
    found = [
        (_rank(method), method, parameters)
        for method in methods
        if method.http_method in {http_method, "ANY"}
        and (parameters := _parameters(method.resource_path, path)) is not None
    ]
    if not found:
        return None
    _, method, parameters = min(found, key=lambda entry: entry[0])
    return Matched(method, parameters)


def _method(resource: Any, name: str, method: Any) -> Method:  # noqa: ANN401 - moto's
    integration = method.method_integration
    return Method(
        resource_id=resource.id,
        resource_path=resource.get_path(),
        http_method=name,
        authorization=method.authorization_type or "NONE",
        api_key_required=str(method.api_key_required).lower() == "true",
        integration_type=integration.integration_type if integration else "",
        integration_uri=(integration.uri if integration else "") or "",
        integration_credentials=integration.credentials if integration else None,
        timeout_seconds=float((integration and integration.timeout_in_millis) or 29_000) / 1000,
    )


def _rank(method: Method) -> tuple[list[int], bool]:
    kinds = []
    for segment in method.resource_path.strip("/").split("/"):
        kinds.append(2 if segment.endswith("+}") else 1 if segment.startswith("{") else 0)
    return kinds, method.http_method == "ANY"


def _parameters(pattern: str, path: str) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    wanted = pattern.strip("/").split("/")
    given = path.strip("/").split("/")
    for index, segment in enumerate(wanted):
        if segment.endswith("+}"):
            rest = "/".join(given[index:])
            return {**parameters, segment[1:-2]: unquote(rest)} if rest else None
        if index >= len(given):
            return None
        if segment.startswith("{"):
            parameters[segment[1:-1]] = unquote(given[index])
        elif segment != unquote(given[index]):
            return None
    return parameters if len(given) == len(wanted) else None
