"""EventBridge event patterns: what AWS accepts as one, and which events it matches.

The comparisons are those of the user guide, "Creating Amazon EventBridge event patterns".
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_MISSING = object()
_NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class PatternError(ValueError):
    """A pattern that AWS refuses with ``InvalidEventPatternException``; the text is the reason."""


def parse(text: str) -> dict[str, Any]:
    """Return the pattern.

    Raises:
        PatternError: not JSON, empty, a value outside an array, or an unknown comparison.
    """
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise PatternError("Filter is not valid JSON") from error
    if not isinstance(pattern, dict) or not pattern:
        raise PatternError("Filter is not a non-empty object")
    _check(pattern)
    return pattern


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Say whether the event matches; an empty pattern matches every event."""
    return all(_field_matches(key, rule, event) for key, rule in pattern.items())


def _field_matches(key: str, rule: Any, event: Any) -> bool:
    if key == "$or" and _is_or(rule):
        return any(matches(branch, event) for branch in rule)
    value = event.get(key, _MISSING) if isinstance(event, Mapping) else _MISSING
    if isinstance(rule, Mapping):
        if isinstance(value, list):
            return any(matches(rule, element) for element in value if isinstance(element, Mapping))
        return matches(rule, value if isinstance(value, Mapping) else {})
    return any(_comparison_holds(comparison, value) for comparison in rule)


def _comparison_holds(comparison: Any, value: Any) -> bool:
    if not isinstance(comparison, Mapping):
        return any(_same(comparison, element) for element in _elements(value))
    [(name, operand)] = comparison.items()
    if name == "exists":
        # A leaf: an object is not one, although the field is there.
        present = value is not _MISSING and not isinstance(value, Mapping)
        return present is operand
    return any(_COMPARISONS[name](operand, element) for element in _elements(value))


def _elements(value: Any) -> Iterator[Any]:
    if value is _MISSING or isinstance(value, Mapping):
        return
    if isinstance(value, list):
        for element in value:
            yield from _elements(element)
    else:
        yield value


def _same(expected: Any, value: Any) -> bool:
    if isinstance(expected, bool) or isinstance(value, bool) or expected is None:
        return expected is value
    return bool(expected == value)


def _prefix(operand: Any, value: Any) -> bool:
    if isinstance(operand, Mapping):
        folded = str(operand["equals-ignore-case"]).lower()
        return isinstance(value, str) and value.lower().startswith(folded)
    return isinstance(value, str) and value.startswith(operand)


def _suffix(operand: Any, value: Any) -> bool:
    if isinstance(operand, Mapping):
        folded = str(operand["equals-ignore-case"]).lower()
        return isinstance(value, str) and value.lower().endswith(folded)
    return isinstance(value, str) and value.endswith(operand)


def _ignoring_case(operand: Any, value: Any) -> bool:
    return isinstance(value, str) and value.lower() == operand.lower()


def _wildcard(operand: Any, value: Any) -> bool:
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", operand)
    regex = "".join(".*" if part == "*" else re.escape(_unescape(part)) for part in parts)
    return isinstance(value, str) and re.fullmatch(regex, value, re.DOTALL) is not None


def _unescape(part: str) -> str:
    return part[1:] if len(part) == 2 and part[0] == "\\" else part  # noqa: PLR2004 - a pair


def _numeric(operand: Any, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return all(_NUMERIC[operator](value, limit) for operator, limit in pairs)


def _cidr(operand: Any, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


def _anything_but(operand: Any, value: Any) -> bool:
    if isinstance(operand, Mapping):
        [(name, operands)] = operand.items()
        choices = operands if isinstance(operands, list) else [operands]
        return not any(_COMPARISONS[name](choice, value) for choice in choices)
    choices = operand if isinstance(operand, list) else [operand]
    return not any(_same(choice, value) for choice in choices)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
_NEGATED = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})


def _is_or(rule: Any) -> bool:
    return isinstance(rule, list) and len(rule) > 1 and all(isinstance(part, dict) for part in rule)


def _check(pattern: Mapping[str, Any]) -> None:
    for key, rule in pattern.items():
        if key == "$or" and _is_or(rule):
            for branch in rule:
                _check(branch)
        elif isinstance(rule, Mapping):
            if not rule:
                raise PatternError(f"Empty objects are not allowed, at {key!r}")
            _check(rule)
        elif not isinstance(rule, list):
            raise PatternError(f"{key!r} must be an object or an array")
        elif not rule:
            raise PatternError(f"Empty arrays are not allowed, at {key!r}")
        else:
            for comparison in rule:
                _check_comparison(key, comparison)


def _check_comparison(key: str, comparison: Any) -> None:
    if isinstance(comparison, list):
        raise PatternError(f"Nested arrays are not allowed, at {key!r}")
    if not isinstance(comparison, Mapping):
        return
    if len(comparison) != 1:
        raise PatternError(f"Only one key allowed in match expression, at {key!r}")
    [(name, operand)] = comparison.items()
    if name != "exists" and name not in _COMPARISONS:
        raise PatternError(f"Unrecognized match type {name}, at {key!r}")
    if name == "exists" and not isinstance(operand, bool):
        raise PatternError(f"exists match pattern must be either true or false, at {key!r}")
    if name == "numeric" and not _is_numeric_operand(operand):
        raise PatternError(f"Value of numeric must be pairs of operator and number, at {key!r}")
    if name in ("equals-ignore-case", "wildcard", "cidr") and not isinstance(operand, str):
        raise PatternError(f"{name} match pattern must be a string, at {key!r}")
    if name in ("prefix", "suffix") and not _is_affix(operand):
        raise PatternError(f"{name} match pattern must be a string, at {key!r}")
    if name == "anything-but" and isinstance(operand, Mapping) and set(operand) - _NEGATED:
        raise PatternError(f"Unsupported anything-but pattern {sorted(operand)}, at {key!r}")


def _is_numeric_operand(operand: Any) -> bool:
    return (
        isinstance(operand, list)
        and len(operand) in (2, 4)
        and all(operator in _NUMERIC for operator in operand[::2])
        and all(isinstance(limit, int | float) for limit in operand[1::2])
    )


def _is_affix(operand: Any) -> bool:
    return isinstance(operand, str) or (
        isinstance(operand, Mapping) and list(operand) == ["equals-ignore-case"]
    )
