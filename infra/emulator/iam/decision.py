"""Whether a principal may do something: identity, boundary and resource policies together.

Source: IAM user guide, "Policy evaluation logic", for requests within one account.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from infra.emulator.iam.conditions import as_list, met
from infra.emulator.iam.patterns import Context, context, filled, like, like_arn

ELEMENTS: Final = frozenset(
    {
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "Principal",
    }
)
"""What a statement may hold here; ``NotPrincipal`` is not evaluated."""
RESOURCE_DECIDES: Final = frozenset({"kms", "sts"})
"""Services whose own policy must let the account's policies count: key policies, trust."""


class Effect(Enum):
    """What a document says of a request."""

    ALLOW = "Allow"
    DENY = "Deny"
    SILENT = "Silent"


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource."""

    action: str
    """``service:Operation``."""
    resource: str = "*"
    """ARN; ``*`` for actions that take none."""
    keys: Mapping[str, str | bool | float | Sequence[str]] = field(default_factory=dict)
    """Condition keys that the request has, such as ``aws:ResourceTag/team``."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks."""

    account_id: str
    arns: Sequence[str] = ()
    """By what policies of resources know it: session, role, user."""
    service: str | None = None
    """``sagemaker.amazonaws.com`` where AWS itself asks."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The documents that decide, as JSON."""

    identity: Sequence[str] = ()
    """On the user or role, inline and managed."""
    boundary: str | None = None
    """The permissions boundary; ``None`` where there is none."""
    resource: str | None = None
    """On the resource: of a bucket, a key, a queue, or a role's trust."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it may, and which kind of policy said so."""

    allowed: bool
    reason: str

    def __bool__(self) -> bool:
        """Return whether it may."""
        return self.allowed


def decide(request: Request, principal: Principal, policies: Policies) -> Decision:
    """Return IAM's decision within one account.

    Raises:
        ValueError: a policy holds an element or operator that is not evaluated here.
    """
    known = context(
        {
            "aws:PrincipalAccount": principal.account_id,
            **({"aws:PrincipalArn": principal.arns[-1]} if principal.arns else {}),
            **request.keys,
        }
    )
    identity = effect(policies.identity, request, known)
    boundary = effect(() if policies.boundary is None else (policies.boundary,), request, known)
    on_resource = () if policies.resource is None else (policies.resource,)
    direct = effect(on_resource, request, known, principal)
    named = {"identity policy": identity, "boundary": boundary, "resource policy": direct}
    for name, said in named.items():
        if said is Effect.DENY:
            return Decision(allowed=False, reason=f"explicit deny in the {name}")
    within = policies.boundary is None or boundary is Effect.ALLOW
    if direct is Effect.ALLOW:
        return Decision(allowed=within, reason="resource policy" if within else "boundary")
    if request.action.partition(":")[0] in RESOURCE_DECIDES:
        account = Principal(account_id=principal.account_id)
        if effect(on_resource, request, known, account) is not Effect.ALLOW:
            return Decision(allowed=False, reason="no resource policy lets the account decide")
    if identity is not Effect.ALLOW:
        return Decision(allowed=False, reason="no identity policy allows it")
    return Decision(allowed=within, reason="identity policy" if within else "boundary")


def effect(
    documents: Iterable[str],
    request: Request,
    known: Context,
    principal: Principal | None = None,
) -> Effect:
    """Return what documents say together: a denial wins over what allows.

    With a ``principal`` only the statements count that name it.
    """
    said = {
        Effect(statement["Effect"])
        for document in documents
        for statement in statements(document)
        if _concerns(statement, request, known)
        and (principal is None or _names(statement.get("Principal"), principal))
        and met(statement.get("Condition", {}), known)
    }
    return next((one for one in (Effect.DENY, Effect.ALLOW) if one in said), Effect.SILENT)


@lru_cache(maxsize=1024)
def statements(document: str) -> Sequence[Mapping[str, Any]]:
    """Return the statements of a document.

    Raises:
        ValueError: one holds an element that is not evaluated here.
    """
    held = json.loads(document)["Statement"]
    found = held if isinstance(held, list) else [held]
    for statement in found:
        if unknown := sorted(statement.keys() - ELEMENTS):
            raise ValueError(
                f"elements of a statement must be of {sorted(ELEMENTS)}, got {unknown}"
            )
    return found


def _concerns(statement: Mapping[str, Any], request: Request, known: Context) -> bool:
    action = request.action.lower()
    named = statement.get("NotAction", statement.get("Action"))
    names = named if isinstance(named, str) else tuple(named or ())
    if _acts(names, action) == ("NotAction" in statement):
        return False
    if "NotResource" in statement:
        return not _covers(statement["NotResource"], request.resource, known)
    # A trust policy names no resource: it is the role's own.
    return "Resource" not in statement or _covers(statement["Resource"], request.resource, known)


@lru_cache(maxsize=65_536)
def _acts(names: str | tuple[str, ...], action: str) -> bool:
    return any(like(one.lower(), action) for one in as_list(names))


def _covers(patterns: object, resource: str, known: Context) -> bool:
    texts = [filled(one, known) for one in as_list(patterns)]
    return any(text is not None and (text == "*" or like_arn(text, resource)) for text in texts)


def _names(wanted: object, principal: Principal) -> bool:
    if wanted == "*":
        return True
    if not isinstance(wanted, Mapping):
        return False
    if principal.service is not None:
        return principal.service in as_list(wanted.get("Service", []))
    root = f":iam::{principal.account_id}:root"
    for one in as_list(wanted.get("AWS", [])):
        if one == "*" or one in principal.arns:
            return True
        if not principal.arns and (one == principal.account_id or one.endswith(root)):
            return True  # the account as a whole, whose policies then decide
    return False
