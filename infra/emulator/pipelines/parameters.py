"""Pipeline parameters: their types, defaults and permitted values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPES = frozenset({"String", "Integer", "Float", "Boolean"})


def problem(declared: Mapping[str, Any], value: object) -> str | None:
    """Return what is wrong with a value (typed, or in the string form of a request)."""
    try:
        converted = convert(declared["Type"], value)
    except ValueError as error:
        return str(error)
    allowed = declared.get("EnumValues")
    if allowed and converted not in allowed:
        return f"must be one of {allowed}, got {value}"
    return None


def convert(kind: str, value: object) -> object:
    """Return a value as its type.

    Raises:
        ValueError: it is not of that type.
    """
    wrong = ValueError(f"must be of type {kind}, got {value!r}")
    if kind == "String":
        if not isinstance(value, str):
            raise wrong
        return value
    if kind == "Boolean":
        if isinstance(value, bool):
            return value
        if value in {"true", "false", "True", "False"}:
            return str(value).lower() == "true"
        raise wrong
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong
    try:
        if kind == "Integer":
            if isinstance(value, float):
                raise wrong
            return int(value)
        return float(value)
    except ValueError:
        raise wrong from None


def values(declared: list[Mapping[str, Any]], given: Mapping[str, str]) -> dict[str, Any]:
    """Return every parameter's value for an execution.

    Raises:
        ValueError: one is unknown, missing or wrong; the text names it.
    """
    known = {item["Name"]: item for item in declared}
    for name in given:
        if name not in known:
            raise ValueError(f"parameter {name} is not declared, only {sorted(known)}")
    result = {}
    for name, item in known.items():
        value = given.get(name, item.get("DefaultValue"))
        if value is None:
            raise ValueError(f"parameter {name} has no default and must be given")
        if wrong := problem(item, value):
            raise ValueError(f"parameter {name} {wrong}")
        result[name] = convert(item["Type"], value)
    return result
