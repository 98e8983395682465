"""From what a program in any language sends to the dataclass that a component takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.output import Unknown
from pulumi.provider.experimental.util import camel_case

from infra.package.shapes import (
    Computed,
    Either,
    Field,
    FilePath,
    Listed,
    Mapped,
    Nested,
    OneOf,
    Plain,
    Shape,
    Words,
    fields_of,
)

_KINDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_REFUSED = object()


def read(kind: type, values: Mapping[str, Any]) -> Any:
    """Return an instance of a dataclass, from inputs under Pulumi's camelCase names.

    Raises:
        pulumi.InputPropertiesError: some are missing, unknown or impossible; it tells all of them.
    """
    reader = _Reader()
    made = reader.nested(kind, values, "")
    if reader.faults:
        raise refused(reader.faults)
    return made


def refused(faults: list[tuple[str, str]]) -> pulumi.InputPropertiesError:
    """Return the error that the engine tells of each (path, reason)."""
    return pulumi.InputPropertiesError(
        "inputs must be possible",
        [{"property_path": path, "reason": reason} for path, reason in faults],
    )


def fault_of(kind: type, error: ValueError, path: str = "") -> tuple[str, str]:
    """Return where a dataclass's complaint belongs, and its words, with names as callers know them.

    Complaints name the field that they are about before they say what it must be.
    """
    names = {field.name: camel_case(field.name) for field in fields_of(kind)}
    words = re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", lambda m: names.get(m[0], m[0]), str(error))
    about = [word.strip(":") for word in str(error).partition(" must ")[0].split()]
    field = next((names[word] for word in about if word in names), "")
    return _below(path, field), words


class _Reader:
    """Reads one component's inputs, and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []

    def nested(self, kind: type, values: Any, path: str) -> Any:
        if not isinstance(values, Mapping):
            return self._refuse(path, "an object", values)
        before = len(self.faults)
        fields = {camel_case(field.name): field for field in fields_of(kind)}
        for name in sorted(values.keys() - fields.keys()):
            rule = f"be one of {sorted(fields)}"
            self.faults.append((_below(path, name), f"{name} must {rule}, got an unknown name"))
        found = dict(self._given(fields, values, path))
        if len(self.faults) > before:
            return _REFUSED
        try:
            return kind(**found)
        except ValueError as error:
            self.faults.append(fault_of(kind, error, path))
            return _REFUSED

    def _given(
        self, fields: Mapping[str, Field], values: Mapping[str, Any], path: str
    ) -> Iterator[tuple[str, Any]]:
        for name, field in fields.items():
            value, below = values.get(name), _below(path, name)
            if value is not None:
                yield field.name, self._value(field.shape, value, below)
            elif field.required:
                self.faults.append((below, f"{name} must be given, got nothing"))
            elif field.takes_none:
                yield field.name, None

    def _value(self, shape: Shape, value: Any, path: str) -> Any:  # noqa: PLR0911 - one for each form
        if isinstance(value, pulumi.Output | Unknown):
            if isinstance(shape, Computed):
                return value
            rule = "known before anything is made, and no secret"
            return self._refuse(path, rule, "what AWS computes")
        match shape:
            case Computed(of=inner):
                return self._value(inner, value, path)
            case Plain(kind=kind):
                return self._plain((kind,), value, path)
            case Either(kinds=kinds):
                return self._plain(kinds, value, path)
            case FilePath():
                text = self._plain((str,), value, path)
                return text if text is _REFUSED else Path(text)
            case Words(values=words):
                return value if value in words else self._refuse(path, f"one of {words}", value)
            case Listed(item=item, kind=kind):
                if not isinstance(value, list):
                    return self._refuse(path, "a list", value)
                return kind(self._value(item, one, f"{path}[{i}]") for i, one in enumerate(value))
            case Mapped(item=item, keys=keys):
                return self._mapped(item, keys, value, path)
            case Nested(kind=kind):
                return self.nested(kind, value, path)
            case OneOf(members=members):
                return self._one_of(members, value, path)

    def _mapped(self, item: Shape, keys: Words | None, value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(path, "a mapping", value)
        for key in value:
            if keys is not None and key not in keys.values:
                self._refuse(path, f"a mapping of {keys.values}", key)
        # The wire keeps no order, and what is declared must not change with it.
        ordered = sorted(value.items())
        return {key: self._value(item, one, _below(path, key)) for key, one in ordered}

    def _one_of(self, members: Mapping[str, Nested], value: Any, path: str) -> Any:
        names = {camel_case(name): member for name, member in members.items()}
        given = (
            [name for name, one in value.items() if one is not None]
            if isinstance(value, Mapping)
            else []
        )
        if len(given) != 1 or given[0] not in names:
            return self._refuse(path, f"an object with one of {sorted(names)}", given or value)
        (name,) = given
        return self._value(names[name], value[name], _below(path, name))

    def _plain(self, kinds: tuple[type, ...], value: Any, path: str) -> Any:
        for kind in kinds:
            if kind is int and isinstance(value, float) and value.is_integer():
                return int(value)
            if kind is float and isinstance(value, int) and not isinstance(value, bool):
                return value
            if isinstance(value, kind) and isinstance(value, bool) == (kind is bool):
                return value
        return self._refuse(path, " or ".join(_KINDS[kind] for kind in kinds), value)

    def _refuse(self, path: str, rule: str, value: Any) -> Any:
        name = path.rpartition(".")[2]
        whole = isinstance(value, float) and value.is_integer()  # the wire knows no other numbers
        shown = value if value == "what AWS computes" else repr(int(value) if whole else value)
        self.faults.append((path, f"{name} must be {rule}, got {shown}"))
        return _REFUSED


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name
