"""References inside a pipeline definition: ``Get``, ``Std:Join`` and ``Std:JsonGet``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

EXECUTION_VARIABLES = frozenset(
    {
        "StartDateTime",
        "CurrentDateTime",
        "PipelineName",
        "PipelineArn",
        "PipelineExecutionId",
        "PipelineExecutionArn",
    }
)
_TOKEN = re.compile(r"\.?([A-Za-z_][\w:-]*)|\[(\d+)\]|\[(['\"])(.*?)\3\]")


class DanglingError(ValueError):
    """A reference that leads nowhere; the text says where it ended."""


def parse(path: str) -> list[str | int]:
    """Split ``Steps.A.Outputs['x'][0].Uri`` into its parts.

    Raises:
        DanglingError: it is not a path.
    """
    parts: list[str | int] = []
    position = 0
    while position < len(path):
        found = _TOKEN.match(path, position)
        if found is None:
            raise DanglingError(f"{path} is not a path")
        name, index, _, key = found.groups()
        parts.append(name if name is not None else int(index) if index is not None else key)
        position = found.end()
    return parts


def walk(value: Any, path: list[str | int], whole: str) -> Any:  # noqa: ANN401 - any JSON
    """Follow a path into a description; a list of named things can be entered by name.

    Raises:
        DanglingError: there is nothing there.
    """
    for part in path:
        try:
            value = _member(value, part)
        except LookupError:
            raise DanglingError(f"{whole}: there is no {part}") from None
    return value


def _member(value: Any, part: str | int) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping):
        return value[part]
    if isinstance(value, list):
        return value[part] if isinstance(part, int) else _named(value, part)
    raise KeyError(part)


def _named(items: list[Any], name: str) -> Any:  # noqa: ANN401 - any JSON
    """Find ``Outputs['train']``: the entry one of whose name members has that value."""
    for item in items:
        if isinstance(item, Mapping) and any(
            value == name for key, value in item.items() if key.endswith("Name")
        ):
            return item
    raise KeyError(name)


def kind(value: object) -> str | None:
    """Return which reference a JSON value is, ``None`` for a plain one."""
    if isinstance(value, Mapping) and len(value) == 1:
        key = next(iter(value))
        if key in {"Get", "Std:Join", "Std:JsonGet"}:
            return str(key)
    return None


def gets(value: object) -> Iterator[str]:
    """Yield every ``Get`` path inside a value, nested ones too."""
    if kind(value) == "Get" and isinstance(value, Mapping):
        if isinstance(value["Get"], str):
            yield value["Get"]
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from gets(item)
    elif isinstance(value, list):
        for item in value:
            yield from gets(item)


def resolve(
    value: Any,  # noqa: ANN401 - any JSON
    get: Callable[[str], Any],
    read_json: Callable[[Mapping[str, Any]], Any],
) -> Any:  # noqa: ANN401 - any JSON
    """Return a value with its references replaced.

    ``get`` answers a ``Get`` path, ``read_json`` the body of a ``Std:JsonGet``.
    """
    match kind(value):
        case "Get":
            return get(value["Get"])
        case "Std:Join":
            join = value["Std:Join"]
            values = [resolve(item, get, read_json) for item in join["Values"]]
            return join["On"].join(text(item) for item in values)
        case "Std:JsonGet":
            return read_json(value["Std:JsonGet"])
    if isinstance(value, Mapping):
        return {key: resolve(item, get, read_json) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, get, read_json) for item in value]
    return value


def text(value: object) -> str:
    """Return a scalar as it appears inside a joined string."""
    return str(value).lower() if isinstance(value, bool) else str(value)
