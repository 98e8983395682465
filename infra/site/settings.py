"""The settings reference: a table for each model of ``stacks/schema.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

TOP: Final = "Layer"
MANY: Final = 12
"""A choice of more than these is named by its number."""
_BOUNDS: Final = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "minLength": "{} or more characters",
    "maxLength": "at most {} characters",
    "minItems": "{} or more",
    "maxItems": "at most {}",
    "minProperties": "{} or more",
    "pattern": "matches `{}`",
    "format": "a {}",
}
_WITHIN: Final = {"items": "each", "additionalProperties": "each", "propertyNames": "keys"}


def page(schema: Mapping[str, Any]) -> str:
    """Return the reference as Markdown: what a layer holds first, then each model by its name."""
    models = schema["$defs"]
    parts = [
        "# Settings\n",
        "What `mlops-loop:platform` of a stack file holds, and every layer below it: environments,",
        "then teams, then the stack's own file, the later ones winning. Unknown keys are errors.",
        "`mlops config explain -s STACK` shows which file and line set each value.\n",
        *_model("A layer", TOP, models[TOP]),
    ]
    for name in sorted(models.keys() - {TOP}):
        parts += _model(name, name, models[name])
    return "\n".join(parts) + "\n"


def _model(title: str, anchor: str, model: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {title} {{ #{anchor.lower()} }}\n"
    if told := model.get("description"):
        yield f"{_text(told)}\n"
    yield "| key | meaning | type | default | rule |"
    yield "|---|---|---|---|---|"
    for key, one in model["properties"].items():
        required = key in model.get("required", ())
        default = "required" if required else _default(one)
        told = one.get("description", "")
        cells = (f"`{key}`", told, kind(one), default, "; ".join(rules(one)))
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"
    yield ""


def kind(one: Mapping[str, Any]) -> str:  # noqa: PLR0911 - one for each form of a schema
    """Return a value's type, models linked to their tables."""
    match one:
        case {"$ref": str(ref)}:
            name = ref.rsplit("/", 1)[-1]
            return f"[{name}](#{name.lower()})"
        case {"anyOf": list(ways)}:
            return " or ".join(dict.fromkeys(kind(way) for way in ways))
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"enum": list(values)} if len(values) <= MANY:
            return ", ".join(f"`{value}`" for value in values)
        case {"enum": list(values)}:
            return f"one of {len(values)}, from `{values[0]}` to `{values[-1]}`"
        case {"type": "array", "items": dict(item)}:
            return f"list of {kind(item)}"
        case {"type": "object", "additionalProperties": dict(item)}:
            return f"map to {kind(item)}"
        case {"type": "object", "patternProperties": dict(items)}:
            return "map to " + " or ".join(kind(item) for item in items.values())
        case {"type": str(name)}:
            return {"null": "null", "boolean": "true or false", "string": "text"}.get(name, name)
        case _:
            return "anything"


def rules(one: Mapping[str, Any]) -> list[str]:
    """Return the bounds that a value must keep, those of its items and alternatives too."""
    found = [told.format(one[key]) for key, told in _BOUNDS.items() if key in one]
    for way in one.get("anyOf", ()):
        found += rules(way)
    for below, word in _WITHIN.items():
        if isinstance(inner := one.get(below), dict):
            found += [f"{word} {rule}" for rule in rules(inner)]
            if word == "keys" and "enum" in inner:
                found.append("keys " + kind(inner))
    if "patternProperties" in one:
        found += [f"keys match `{pattern}`" for pattern in one["patternProperties"]]
    return list(dict.fromkeys(found))


def _default(one: Mapping[str, Any]) -> str:
    if "default" not in one:
        return "empty" if one.get("type") in {"object", "array"} else ""
    if "$ref" in one and one["default"] is not None:
        return "its own"
    text = one["default"] if isinstance(one["default"], str) else json.dumps(one["default"])
    return f"`{text}`" if text else "empty"


def _text(told: str) -> str:
    return re.sub(r":\w+:(?=`)", "", told)


def _cell(text: str) -> str:
    # Within code a backslash would be shown, and a bar ends no cell.
    return re.sub(r"(`[^`]*`)|\|", lambda found: found[1] or r"\|", _text(" ".join(text.split())))
