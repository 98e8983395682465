"""Turn pydantic's errors into file, key, rule, value and what is close."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stacks._yaml import Key
from stacks.config import StackConfig
from stacks.errors import Problem, close_to

RENAMED: Mapping[str, str] = {
    "auc_drop_threshold": "drop_threshold",
    "minimum_auc_gain": "minimum_gain",
}
"""Keys that had another name before; the value means what it meant."""


def problems(error: ValidationError, origins: Mapping[Key, str], fallback: str) -> list[Problem]:
    """Return one problem per error, placed where the value or its nearest neighbour stands.

    ``fallback`` is the file to name where no layer holds anything of the key.
    """
    return [_problem(details, origins, fallback) for details in error.errors(include_url=False)]


def _problem(details: ErrorDetails, origins: Mapping[Key, str], fallback: str) -> Problem:
    context = details.get("ctx", {})
    model = tuple(str(part) for part in details["loc"])
    key = _below(model, str(context.get("key", "")))
    missing = details["type"] == "missing"
    got = context["got"] if "got" in context else details["input"]
    return Problem(
        file=fallback if missing else _place(key, origins, fallback),
        key=".".join(key),
        rule=_rule(details),
        value=None if missing else _shown(got),
        close=_close(details, key),
        beside=tuple(_beside(_below(model, one), origins) for one in context.get("beside", ())),
    )


def _below(model: Key, dotted: str) -> Key:
    return (*model, *filter(None, dotted.split(".")))


def _beside(key: Key, origins: Mapping[Key, str]) -> str:
    """Tell where another value of the rule comes from: maybe of another layer."""
    place = _place(key, origins, "")
    return f"{key[-1]} is set in {place}" if place else f"{key[-1]} is a default"


def _rule(details: ErrorDetails) -> str:
    match details["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden" if (now := RENAMED.get(str(details["loc"][-1]))) is not None:
            return f"is called {now} now"
        case "extra_forbidden":
            return "is an unknown key"
        case _:
            message = details["msg"].removeprefix("Value error, ")
            return message.replace("Input should", "must").replace("String should", "must")


def _close(details: ErrorDetails, key: Key) -> tuple[str, ...]:
    context = details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            return close_to(key[-1], _keys(key[:-1]))
        case "literal_error" if isinstance(details["input"], str):
            allowed = str(context["expected"]).replace(" or ", ", ").split(", ")
            return close_to(details["input"], [word.strip("'") for word in allowed])
        case _:
            return tuple(context.get("close", ()))


def _place(key: Key, origins: Mapping[Key, str], fallback: str) -> str:
    """Find where ``key`` is set: itself, what lies below it, else what it lies in (a list)."""
    if key in origins:
        return origins[key]
    below = [origin for known, origin in origins.items() if known[: len(key)] == key]
    if below:
        return below[0]
    for length in range(len(key) - 1, 0, -1):
        if key[:length] in origins:
            return origins[key[:length]]
    return fallback


def _keys(key: Key) -> list[str]:
    """Return the keys that the model at ``key`` knows."""
    model: Any = StackConfig
    for part in key:
        if _is_model(model):
            field = model.model_fields.get(part)
            model = None if field is None else field.annotation
        else:  # a mapping by name
            model = get_args(model)[-1] if get_args(model) else None
        model = next(_models(model), model)
    return list(model.model_fields) if _is_model(model) else []


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if _is_model(annotation):
        yield annotation
    elif get_origin(annotation) in {Union, UnionType}:
        yield from (part for part in get_args(annotation) if _is_model(part))


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _shown(value: object) -> str:
    """Return the value as YAML spells it where that differs from Python, cut to one line."""
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    limit = 80
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
