"""JSON-like values of a snapshot: a change's author wrote them, so nothing in them is trusted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

MAX_DEPTH: Final = 40
"""No document of AWS's nests deeper; below it, two values are told apart by their hash."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One value of a document that is another one now."""

    path: str
    """Keys with dots between them, what tells an item of a list from its siblings in brackets."""
    old: Any = None
    """JSON-like; ``None`` where there was nothing."""
    new: Any = None
    """JSON-like; ``None`` where there is nothing."""


def plain(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return a copy of mappings, lists and scalars alone, nowhere deeper than ``depth`` levels."""
    if isinstance(value, Mapping | list | tuple):
        if depth == 0:
            return f"<nested deeper, sha256 {_digest(value)[:12]}>"
        if isinstance(value, Mapping):
            return {whole(str(key)): plain(item, depth - 1) for key, item in value.items()}
        return [plain(item, depth - 1) for item in value]
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, int) or value is None or (isinstance(value, float) and isfinite(value)):
        return value
    return f"<{type(value).__name__}>"


def whole(value: str) -> str:
    """Return a text that can be written as UTF-8: half a surrogate pair is spelled out."""
    return value if value.isascii() else value.encode(errors="backslashreplace").decode()


def mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping as it is, anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> Sequence[Any]:
    """Return a list as it is, nothing as an empty one, anything else as the one item."""
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def text(value: object) -> str:
    """Return what is written about a value: a string as it is, anything else as canonical JSON."""
    return value if isinstance(value, str) else canonical(value)


def canonical(value: object) -> str:
    """Return JSON that is equal for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _digest(value: object) -> str:
    """Hash a value however deep it is, with no recursion."""
    seen, waiting = hashlib.sha256(), [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            seen.update(f"{{{len(one)}".encode())
            waiting += [part for key in sorted(one, key=str) for part in (one[key], str(key))]
        elif isinstance(one, list | tuple):
            seen.update(f"[{len(one)}".encode())
            waiting += one
        else:
            seen.update(f"{type(one).__name__}:{one!r}\0".encode(errors="backslashreplace"))
    return seen.hexdigest()


def changes(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """Yield what differs between two plain values, each at the innermost place it can be told."""
    if isinstance(old, Mapping) and isinstance(new, Mapping) and (old or new):
        for key in [*old, *(key for key in new if key not in old)]:
            within = f"{path}.{key}" if path else str(key)
            yield from _pair(old, new, key, within)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, path)
    elif old != new or type(old) is not type(new):
        yield Change(path=path, old=old, new=new)


def _pair(old: Mapping[str, Any], new: Mapping[str, Any], key: str, path: str) -> Iterator[Change]:
    if key not in old:
        yield Change(path=path, new=new[key])
    elif key not in new:
        yield Change(path=path, old=old[key])
    else:
        yield from changes(old[key], new[key], path)


def _lists(old: list[Any], new: list[Any], path: str) -> Iterator[Change]:
    """Compare item by item where something tells items apart, else the lists as wholes."""
    for read in (_by_name, _by_flag):
        before, after = read(old), read(new)
        if before is not None and after is not None:
            for key in [*before, *(key for key in after if key not in before)]:
                yield from _pair(before, after, key, f"{path}[{key}]")
            return
    if len(old) == len(new) and any(isinstance(one, Mapping | list) for one in old):
        for number, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from changes(left, right, f"{path}[{number}]")
    elif canonical(old) != canonical(new):
        yield Change(path=path, old=old, new=new)


def _by_name(values: list[Any]) -> dict[str, Any] | None:
    """Read a list whose items each have one name as a mapping: their order counts for nothing."""
    found: dict[str, Any] = {}
    for value in values:
        names = [
            item
            for key, item in mapping(value).items()
            if key.endswith(("Name", "name")) and isinstance(item, str)
        ]
        if len(names) != 1 or names[0] in found:
            return None
        found[names[0]] = value
    return found or None


def _by_flag(values: list[Any]) -> dict[str, Any] | None:
    """Read ``--flag value value`` as a mapping: the order of flags counts for nothing."""
    found: dict[str, list[Any]] = {}
    flag = ""
    for value in values:
        if isinstance(value, str) and value.startswith("--"):
            if value in found:
                return None
            flag, found[value] = value, []
        elif not flag:
            return None
        else:
            found[flag].append(value)
    shown = {
        key: one[0] if len(one) == 1 and not isinstance(one[0], list) else one
        for key, one in found.items()
    }
    return shown or None


def loaded(value: object) -> object:
    """Return what a text holds as JSON; ``None`` where it is none."""
    if not isinstance(value, str):
        return None
    try:
        found: object = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found
