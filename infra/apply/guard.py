"""What is refused without asking AWS, and how any refusal of one resource is told."""

from __future__ import annotations

from collections.abc import Collection

from botocore.exceptions import ClientError, ParamValidationError, WaiterError

from infra.apply.state import StackState, Standing
from infra.apply.summary import Failure
from infra.resources.handler import InputError
from infra.resources.table import lookup


class Refused(Exception):  # noqa: N818 - an outcome for one resource, kept in the summary
    """One resource is not to be touched like that."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


REFUSALS = (
    Refused,
    ClientError,
    ParamValidationError,
    WaiterError,
    InputError,
    LookupError,
    OSError,
)
"""What concerns one resource alone; the rest of the stack goes on."""


def guard(standing: Standing, doing: str, losing: frozenset[str]) -> None:
    """Refuse to lose what cannot be made again; ``losing`` names (or URNs) what may be lost.

    Raises:
        Refused: it is protected, or stateful and not named among what may be lost.
    """
    if standing.protect:
        raise Refused(
            "Protected",
            f"{standing.urn} is protected and would be {doing}; undo the change, name the "
            "property in ignore_changes, or first apply it with protect=False",
        )
    if lookup(standing.type).stateful and not {standing.urn, standing.name} & losing:
        raise Refused(
            "Stateful",
            f"{standing.urn} holds what cannot be made again and would be {doing}; undo the "
            f"change, name the property in ignore_changes, or allow it for {standing.name!r}",
        )


def undeclared(
    state: StackState, declared: Collection[str], losing: frozenset[str]
) -> tuple[list[Standing], list[Failure]]:
    """Return predecessors and what is no longer ``declared`` (URNs), and what of it is guarded."""
    doomed, refused = list[Standing](), list[Failure]()
    for standing in state.resources:
        if standing.urn in declared and not standing.replaced:
            continue
        try:
            if not standing.replaced:
                guard(standing, "deleted", losing)
        except REFUSALS as error:
            refused.append(failure(standing.urn, error))
        else:
            doomed.append(standing)
    return doomed, refused


def failure(urn: str, error: BaseException) -> Failure:
    """Return a refusal with AWS's own code and message where AWS gave them."""
    if isinstance(error, ClientError):
        told = error.response["Error"]
        return Failure(urn, told["Code"], told.get("Message", str(error)))
    if isinstance(error, Refused):
        return Failure(urn, error.code, str(error))
    codes = {InputError: "InvalidInput", ParamValidationError: "ParamValidation"}
    code = next((code for kind, code in codes.items() if isinstance(error, kind)), None)
    if type(error) is LookupError:
        code = "UnknownType"
    return Failure(urn, code or type(error).__name__, str(error))
