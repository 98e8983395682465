"""Where objects are on a server, and each of them with one thing changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stacks.layers import load
from stacks.names import stacks
from tests.manifests import Manifest, of

_OWN: Final = frozenset({"metadata", "metadata.name", "metadata.namespace"})


def with_clusters() -> list[str]:
    """Return the stacks of this project that have a cluster."""
    return [name for name in stacks() if load(name).config.kubernetes is not None]


def path(manifest: Mapping[str, Any], *, name: bool = True) -> str:
    """Return where an object is on an API server; without ``name``, where its like are made."""
    kind, own = of(manifest), manifest["metadata"]
    space = f"/namespaces/{own['namespace']}" if kind.namespaced else ""
    return f"{kind.path}{space}/{kind.plural}" + (f"/{own['name']}" if name else "")


def changed(manifest: Manifest) -> Iterator[tuple[str, Manifest]]:
    """Yield the manifest with each of its fields left out, empty, misspelt, of another type, odd.

    What names the object, and where it is, stays.
    """
    for steps in _fields(manifest):
        if not steps or steps[0] in {"apiVersion", "kind"} or ".".join(map(str, steps)) in _OWN:
            continue
        for what, value in _changes(manifest, steps):
            yield f"{manifest['kind']}: {what} {'.'.join(map(str, steps))}", value


def _changes(manifest: Manifest, steps: tuple[Any, ...]) -> Iterator[tuple[str, Manifest]]:
    *outer, last = steps
    for what in ("no", "null", "empty", "misspelt", "other type", "negative", "odd"):
        made = copy.deepcopy(manifest)
        held: Any = made
        for step in outer:
            held = held[step]
        value = held[last]
        if what == "no" and isinstance(held, dict):
            del held[last]
        elif what == "null" and isinstance(held, dict):
            held[last] = None
        elif what == "empty" and value and isinstance(value, str | dict | list):
            held[last] = type(value)()
        elif what == "misspelt" and isinstance(held, dict):
            held[f"{last}x"] = held.pop(last)
        elif what == "other type":
            held[last] = 7 if isinstance(value, str) else "x"
        elif what == "negative" and isinstance(value, int) and not isinstance(value, bool):
            held[last] = -1
        elif what == "odd" and isinstance(value, str):
            held[last] = "Odd_Value!"
        else:
            continue
        yield what, made


def _fields(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield steps
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _fields(one, (*steps, key))
