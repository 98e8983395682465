"""The operators of a statement's ``Condition``.

Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Set operators for
multivalued context keys".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from infra.emulator.iam.patterns import Context, filled, like, like_arn

Comparison = Callable[[str, str], bool]
"""Compares what the policy wants with what the request has."""


def met(conditions: Mapping[str, Mapping[str, Any]], known: Context) -> bool:
    """Tell whether a request with these condition keys meets every condition of a statement.

    Raises:
        ValueError: an operator is none of IAM's, or not evaluated here.
    """
    return all(
        _holds(operator, key, as_list(values), known)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def as_list(value: object) -> list[str]:
    """Return the texts of a policy element, which may be one alone, a number or a truth value."""
    values = value if isinstance(value, list | tuple) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]


def _holds(operator: str, key: str, wanted: Sequence[str], known: Context) -> bool:
    quantifier, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    given = known.get(key.lower())
    if name == "Null":
        return (given is None) == (wanted[0].lower() == "true")
    negated = name in _NEGATED
    compare = _COMPARISONS.get(_NEGATED.get(name, name))
    if compare is None or quantifier not in {"", "ForAllValues", "ForAnyValue"}:
        raise ValueError(f"condition operator must be one of IAM's, got {operator!r}")
    if not given:
        return quantifier == "ForAllValues" or (
            quantifier == "" and (negated or rest.endswith("IfExists"))
        )
    patterns = [text for one in wanted if (text := filled(one, known)) is not None]
    results = [any(compare(text, one) for text in patterns) != negated for one in given]
    return any(results) if quantifier == "ForAnyValue" else all(results)


def _numeric(compare: Callable[[float, float], bool]) -> Comparison:
    def check(wanted: str, given: str) -> bool:
        try:
            return compare(float(given), float(wanted))
        except ValueError:
            return False

    return check


def _dated(compare: Callable[[float, float], bool]) -> Comparison:
    def check(wanted: str, given: str) -> bool:
        return compare(_moment(given), _moment(wanted))

    return check


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_network(wanted: str, given: str) -> bool:
    return ipaddress.ip_address(given) in ipaddress.ip_network(wanted, strict=False)


def _orders(prefix: str, make: Callable[[Callable[[float, float], bool]], Comparison]) -> Any:  # noqa: ANN401 - names to comparisons
    return {
        f"{prefix}Equals": make(lambda given, wanted: given == wanted),
        f"{prefix}LessThan": make(lambda given, wanted: given < wanted),
        f"{prefix}LessThanEquals": make(lambda given, wanted: given <= wanted),
        f"{prefix}GreaterThan": make(lambda given, wanted: given > wanted),
        f"{prefix}GreaterThanEquals": make(lambda given, wanted: given >= wanted),
    }


_COMPARISONS: Final[dict[str, Comparison]] = {
    "StringEquals": lambda wanted, given: wanted == given,
    "StringEqualsIgnoreCase": lambda wanted, given: wanted.lower() == given.lower(),
    "StringLike": like,
    "ArnEquals": like_arn,
    "ArnLike": like_arn,
    "Bool": lambda wanted, given: wanted.lower() == given.lower(),
    "IpAddress": _in_network,
    **_orders("Numeric", _numeric),
    **_orders("Date", _dated),
}
_NEGATED: Final = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
