"""SageMaker operations in moto's manner: methods of its response class, state on its backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemaker.utils import arn_formatter

from infra.emulator.context import Context
from infra.emulator.identity import identity
from infra.emulator.patches import replace

State = TypeVar("State")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Call:
    """One request of SageMaker's control plane."""

    context: Context
    backend: SageMakerModelBackend
    parameters: dict[str, Any]
    """As botocore's model parsed them: lists, numbers, ``datetime``."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def region(self) -> str:
        """Return the region that was called."""
        return str(self.backend.region_name)

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a resource of the called account and region."""
        return arn_formatter(kind, name, self.backend.account_id, self.backend.region_name)

    def user(self) -> dict[str, Any]:
        """Return who calls, as ``CreatedBy`` and ``LastModifiedBy`` tell it.

        Nobody has a Studio profile here; ``UserProfileArn`` and its like are left out.
        """
        arn, principal = identity(str(self.backend.account_id), self.headers)
        return {"IamIdentity": {"Arn": arn, "PrincipalId": principal}}

    def now(self) -> datetime:
        """Return the emulator's time."""
        return self.context.clock.now()


Operation = Callable[[Call], Mapping[str, Any] | None]
"""Answers a call with its output shape; raises moto's ``ServiceException``."""


def register(context: Context, operations: Mapping[str, Operation]) -> None:
    """Answer these operations (AWS's names) until the emulator stops."""
    for name, operation in operations.items():
        replace(
            context, SageMakerResponse, camelcase_to_underscores(name), _method(context, operation)
        )


def _method(context: Context, operation: Operation) -> Callable[[SageMakerResponse], ActionResult]:
    def method(response: SageMakerResponse) -> ActionResult:
        parameters = dict(response._get_params())
        headers = dict(response.headers)
        result = operation(Call(context, response.sagemaker_backend, parameters, headers))
        return EmptyResult() if result is None else ActionResult(dict(result))

    return method


def state(backend: SageMakerModelBackend, kind: type[State]) -> State:
    """Return the backend's instance of ``kind``, made when first asked for.

    It lives on the backend, so it goes when moto is reset.
    """
    held: dict[type, Any] = backend.__dict__.setdefault("mlops_state", {})
    found: State = held[kind] if kind in held else held.setdefault(kind, kind())
    return found


def page(
    items: Sequence[Item], parameters: Mapping[str, Any], *, default: int = 100
) -> tuple[list[Item], str | None]:
    """Return one page of a listing and the token of the next.

    Raises:
        ValidationError: the token is none of ours.
    """
    token = parameters.get("NextToken") or "0"
    if not token.isdecimal():
        raise ValidationError(f"Invalid NextToken: {token}")
    start, size = int(token), parameters.get("MaxResults") or default
    following = str(start + size) if start + size < len(items) else None
    return list(items[start : start + size]), following


def between(moment: datetime, after: datetime | None, before: datetime | None) -> bool:
    """Tell whether a moment lies strictly between two bounds, each optional."""
    return (after is None or moment > after) and (before is None or moment < before)


def present(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of a response that have a value."""
    return {name: value for name, value in values if value is not None}


def iso(moment: datetime) -> str:
    """Return a time as AWS writes it into events."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
