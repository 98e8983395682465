"""Label selectors of requests."""

from __future__ import annotations

import re
from typing import Any

from infra.emulator.kubernetes.refusal import Refused

_TERM = re.compile(
    r"(!?)([\w./-]+)(?:\s*(==|=|!=)\s*([\w.-]*))?|([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)"
)


def asked(text: str) -> dict[str, Any]:
    """Return the selector that a request's ``labelSelector`` stands for.

    Raises:
        Refused: it is none.
    """
    expressions: list[dict[str, Any]] = []
    for term in filter(None, re.split(r",(?![^(]*\))", text)):
        found = _TERM.fullmatch(term.strip())
        if found is None:
            raise Refused("BadRequest", f"unable to parse requirement: {term!r}")
        denied, key, operator, value, set_key, set_operator, values = found.groups()
        if set_operator:
            listed = [one.strip() for one in values.split(",")]
            name = "In" if set_operator == "in" else "NotIn"
            expressions.append({"key": set_key, "operator": name, "values": listed})
        elif operator:
            name = "NotIn" if operator == "!=" else "In"
            expressions.append({"key": key, "operator": name, "values": [value]})
        else:
            name = "DoesNotExist" if denied else "Exists"
            expressions.append({"key": key, "operator": name})
    return {"matchExpressions": expressions}
