"""The whole plan as JSON, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from infra.plan.plan import Plan

FORMAT: Final = 1


def document(plan: Plan) -> str:
    """Return the plan as JSON: every field by its name, with what is derived beside it."""
    return json.dumps(
        {
            "format": FORMAT,
            "stops": plan.stops,
            **asdict(plan),
            "stacks": [
                {**asdict(one), "counts": one.counts, "reasons": one.reasons} for one in plan.stacks
            ],
        },
        indent=1,
        default=_plain,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
