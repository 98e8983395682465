"""The conditions of a ``Condition`` step."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_MEMBERS = {
    **dict.fromkeys(_COMPARE, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "Not": ("Expression",),
    "Or": ("Conditions",),
    "And": ("Conditions",),
}


def faults(condition: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield what is wrong with the form of a condition."""
    if not isinstance(condition, Mapping):
        yield "each must be an object"
        return
    kind = condition.get("Type")
    if kind not in _MEMBERS:
        yield f"Type must be one of {sorted(_MEMBERS)}, got {kind}"
        return
    missing = [name for name in _MEMBERS[kind] if name not in condition]
    if missing:
        yield f"{kind} must have {', '.join(missing)}"
        return
    inner = [condition["Expression"]] if kind == "Not" else condition.get("Conditions", [])
    for item in inner:
        yield from faults(item)


def holds(condition: Mapping[str, Any]) -> bool:
    """Tell whether a condition, its references resolved, holds.

    Raises:
        TypeError: its two sides cannot be compared.
    """
    kind = condition["Type"]
    match kind:
        case "In":
            return condition["QueryValue"] in condition["Values"]
        case "Not":
            return not holds(condition["Expression"])
        case "Or":
            return any(holds(item) for item in condition["Conditions"])
        case "And":
            return all(holds(item) for item in condition["Conditions"])
    left, right = _alike(condition["LeftValue"], condition["RightValue"])
    return bool(_COMPARE[kind](left, right))


def _alike(left: Any, right: Any) -> tuple[Any, Any]:  # noqa: ANN401 - any JSON
    """Read a number out of a string that is compared with a number."""
    if isinstance(left, str) and isinstance(right, int | float):
        return _number(left), right
    if isinstance(right, str) and isinstance(left, int | float):
        return left, _number(right)
    return left, right


def _number(text: str) -> Any:  # noqa: ANN401 - a float, or the text as it was
    try:
        return float(text)
    except ValueError:
        return text
