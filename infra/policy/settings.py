"""What a stack's settings say about rules, as plain values of any origin."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from infra.policy.model import Options, Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """Who lets a rule be broken where, why, and until when."""

    rule: str
    resource: str
    """Pattern of logical names."""
    owner: str
    reason: str
    expires: datetime.date
    """Last day on which it counts."""
    at: str = "*"
    """Pattern of places within the resource: a statement, a step, a variant."""

    def covers(self, rule: str, resource: str, at: str) -> bool:
        """Tell whether it is about this."""
        return (
            self.rule == rule and fnmatchcase(resource, self.resource) and fnmatchcase(at, self.at)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Severities, waivers, and what rules are told."""

    severities: Mapping[str, Severity] = field(default_factory=dict)
    """By rule; the rule's own where it says nothing."""
    waivers: tuple[Waiver, ...] = ()
    options: Options = field(default_factory=Options)

    @classmethod
    def read(cls, values: Mapping[str, Any], today: datetime.date) -> Settings:
        """Read what ``policy`` of a stack's settings is as JSON; what it leaves out is default."""
        told = {
            key: tuple(values[key])
            for key in ("required_tags", "gpu_types")
            if values.get(key) is not None
        }
        return cls(
            severities=dict(values.get("severities") or {}),
            waivers=tuple(_waiver(one) for one in values.get("waivers") or ()),
            options=Options(**told, today=today),
        )


def _waiver(values: Mapping[str, Any]) -> Waiver:
    expires = values["expires"]
    if not isinstance(expires, datetime.date):
        expires = datetime.date.fromisoformat(str(expires))
    return Waiver(**{**values, "expires": expires})
