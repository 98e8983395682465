"""Resource policies, as far as they say whether an AWS service may use a resource.

Covers what such policies are made of here: ``Service``, account and ``*`` principals, action and
resource wildcards, and the string and ARN conditions on the source. Any other condition is taken as
not met, so that a doubt refuses.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Mapping
from typing import Any

from infra.emulator.context import Context
from infra.emulator.messaging.errors import DeliveryError


def allows(
    policy: str | Mapping[str, Any] | None,
    *,
    service: str,
    action: str,
    resource: str,
    source_arn: str,
    account_id: str,
) -> bool:
    """Say whether ``service`` (``events.amazonaws.com``) may do ``action`` for a source."""
    if not policy:
        return False
    document = json.loads(policy) if isinstance(policy, str) else policy
    facts = {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": account_id,
        "aws:sourceowner": account_id,
    }
    verdicts = {
        statement.get("Effect")
        for statement in _listed(document.get("Statement"))
        if _principal_matches(statement.get("Principal"), service)
        and _any_matches(statement.get("Action"), action, fold=True)
        and _any_matches(statement.get("Resource", "*"), resource)
        and _conditions_hold(statement.get("Condition") or {}, facts)
    }
    return "Allow" in verdicts and "Deny" not in verdicts


def check_allowed(
    policy: str | Mapping[str, Any] | None,
    context: Context,
    *,
    service: str,
    action: str,
    resource: str,
    source_arn: str,
) -> None:
    """Refuse what the resource's policy does not allow the service.

    Raises:
        DeliveryError: it does not.
    """
    if not allows(
        policy,
        service=service,
        action=action,
        resource=resource,
        source_arn=source_arn,
        account_id=context.account_id,
    ):
        raise DeliveryError(
            "NO_PERMISSIONS",
            f"the policy of {resource} does not let {service} do {action} for {source_arn}",
        )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _principal_matches(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    return service in _listed(principal.get("Service")) or "*" in _listed(principal.get("AWS"))


def _any_matches(patterns: Any, value: str, *, fold: bool = False) -> bool:
    wanted = value.lower() if fold else value
    return any(
        fnmatch.fnmatchcase(wanted, str(pattern).lower() if fold else str(pattern))
        for pattern in _listed(patterns)
    )


def _conditions_hold(conditions: Mapping[str, Any], facts: Mapping[str, str]) -> bool:
    return all(
        _condition_holds(operator, facts.get(key.lower()), _listed(expected))
        for operator, tests in conditions.items()
        for key, expected in tests.items()
    )


def _condition_holds(operator: str, value: str | None, expected: Iterable[Any]) -> bool:
    if value is None:
        return operator.endswith("IfExists")
    match operator.removesuffix("IfExists"):
        case "StringEquals":
            return value in [str(one) for one in expected]
        case "StringLike" | "ArnLike" | "ArnEquals":
            return any(fnmatch.fnmatchcase(value, str(one)) for one in expected)
        case _:
            return False
