"""Services that keep everything as text in one map of attributes: SQS and SNS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.resources._walk import json_equal


def to_attributes(inputs: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that the inputs ask for, as text; ``names`` says which is which."""
    return {
        names[key]: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in inputs.items()
        if key in names
    }


def changed_attributes(
    old: Mapping[str, Any], new: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, str]:
    """Return the attributes to set so that ``new`` holds; one no longer asked for is set empty."""
    before, after = to_attributes(old, names), to_attributes(new, names)
    changed = {name: text for name, text in after.items() if before.get(name) != text}
    return changed | {name: "" for name in before if name not in after}


def from_attributes(
    held: Mapping[str, str], template: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """Return the template with the values that AWS holds; what it holds no more is left out."""
    read = {key: value for key, value in template.items() if key not in names}
    for key in template.keys() & names.keys():
        text = held.get(names[key])
        if text not in (None, ""):
            read[key] = _typed(str(text), template[key])
        elif not template[key]:
            read[key] = template[key]
    return read


def _typed(text: str, before: Any) -> Any:
    if isinstance(before, bool):
        return text.lower() == "true"
    if isinstance(before, int) and text.lstrip("-").isdigit():
        return int(text)
    if isinstance(before, str) and json_equal(before, text):
        return before
    return text
