"""Patches of objects, as clients send them."""

from __future__ import annotations

import copy
import json
from typing import Any

from werkzeug.wrappers import Request

from infra.emulator.kubernetes.refusal import Refused
from infra.emulator.kubernetes.store import Manifest

MERGING = ("application/merge-patch+json", "application/strategic-merge-patch+json")


def patched(old: Manifest, request: Request) -> Manifest:
    """Return the object as the patch leaves it.

    Raises:
        Refused: the patch is of another kind, or a strategic one with lists, which take their
            meaning from each field's own rule.
    """
    kind = request.headers.get("Content-Type", "").partition(";")[0]
    if kind not in MERGING:
        raise Refused(
            "UnsupportedMediaType",
            f"the body of the request was in an unknown format - accepted media types include:"
            f" {', '.join(MERGING)}",
        )
    change = json.loads(request.get_data() or b"{}")
    if kind == MERGING[1] and _has_list(change):
        raise Refused("UnsupportedMediaType", "lists in a strategic merge patch are not emulated")
    found: Manifest = _merged(copy.deepcopy(old), change)
    return found


def _merged(old: Any, change: Any) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(change, dict):
        return change
    found = dict(old) if isinstance(old, dict) else {}
    for key, value in change.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _merged(found.get(key), value)
    return found


def _has_list(value: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return any(_has_list(item) for item in value.values())
    return isinstance(value, list)
