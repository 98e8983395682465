"""Changes to moto's classes that end with the emulator that made them."""

from __future__ import annotations

from typing import Any

from infra.emulator.context import Context

_ABSENT = object()


def replace(context: Context, owner: Any, name: str, replacement: Any) -> Any:
    """Set ``owner.name`` until the emulator stops; return what was there, ``None`` if nothing.

    Emulators of one process stop in reverse order of their start, as ``on_stop`` does, so that
    nested replacements come undone one by one.
    """
    before = vars(owner).get(name, _ABSENT)

    def undo() -> None:
        if before is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, before)

    setattr(owner, name, replacement)
    context.on_stop.append(undo)
    return None if before is _ABSENT else before
