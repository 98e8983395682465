"""What permissions say beyond others, in as few words as it takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from infra.plan._policies import Part, Permission, wild

MAX_CHECKS: Final = 100_000
"""Pairs of permissions that are looked at, of one principal, for one covering the other."""
_BROAD: Final = re.compile(
    r"[*?]+|arn:[^:]*[*?][^:]*:.*|arn:[^:]*:[^:]*[*?].*|arn:([^:]*:){4}[*?/]+"
    r"|arn:[^:]*:(?!s3:)([^:]*:){3}[\w-]+[/:]\*"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """Permissions that differ in their actions and resources alone."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...] = ()
    """Whom a resource's own policy names; empty in the policies of a principal."""
    not_actions: bool = False
    """All actions but these."""
    not_resources: bool = False
    not_principals: bool = False
    condition: Mapping[str, Any] | None = None
    """Operators, keys in lower case, and sorted values."""
    wildcards: tuple[str, ...] = ()
    """Of ``action``, ``resource`` and ``principal``, those that reach beyond what is named."""


def beyond(new: frozenset[Permission], old: frozenset[Permission]) -> list[Permission]:
    """Return what ``new`` says that ``old`` does not, what more of ``new`` says left out."""
    before = _Cover(old)
    found = [one for one in new - old if not before.covers(one)]
    after = _Cover(found)
    return sorted((one for one in found if not after.covers(one, strictly=True)), key=_order)


class _Cover:
    """Permissions by action, so that few are looked at for covering another."""

    def __init__(self, permissions: Iterable[Permission]) -> None:
        self._named: dict[str, list[Permission]] = {}
        self._wild: list[Permission] = []
        self._checks = 0
        for one in permissions:
            if one.actions.negated or any(map(wild, one.actions.patterns)):
                self._wild.append(one)
            else:
                for action in one.actions.patterns:
                    self._named.setdefault(action, []).append(one)

    def covers(self, one: Permission, *, strictly: bool = False) -> bool:
        """Tell whether one of them says all that ``one`` says; ``strictly``: and more."""
        first = one.actions.patterns[:1] if not one.actions.negated else ()
        for other in [*self._wild, *(self._named.get(first[0], ()) if first else ())]:
            self._checks += 1
            if self._checks > MAX_CHECKS:
                return False  # told though it may be covered
            if other.covers(one) and not (strictly and one.covers(other)):
                return True
        return False


def grants(permissions: Iterable[Permission]) -> tuple[Grant, ...]:
    """Return permissions in as few groups as their actions, resources and principals make."""
    several = list(permissions)
    written = {
        pattern: shown
        for one in several
        for pattern, shown in zip(one.actions.patterns, one.actions.written, strict=False)
    }
    told: list[tuple[Any, ...]] = [
        (one.effect, one.condition, one.principals, one.actions, one.resources) for one in several
    ]
    for axis in (3, 4, 2):
        told = _joined(told, axis)
    return tuple(_grant(*one, written=written) for one in told)


def _joined(told: Sequence[tuple[Any, ...]], axis: int) -> list[tuple[Any, ...]]:
    """Join what differs along one axis alone."""
    groups: dict[tuple[Any, ...], set[str]] = {}
    kept = []
    for one in told:
        part: Part = one[axis]
        if part.negated:
            kept.append(one)
        else:
            groups.setdefault((*one[:axis], *one[axis + 1 :]), set()).update(part.patterns)
    made = [
        (*rest[:axis], Part(tuple(sorted(patterns))), *rest[axis:])
        for rest, patterns in groups.items()
    ]
    return [*made, *kept]


def _grant(  # noqa: PLR0913 - a permission's parts
    effect: str,
    condition: str,
    principals: Part,
    actions: Part,
    resources: Part,
    *,
    written: Mapping[str, str],
) -> Grant:
    reaches = {
        "action": actions.negated or any(wild(one) for one in actions.patterns),
        # In a resource's own policy "*" is that resource.
        "resource": not (principals.patterns or principals.negated)
        and (resources.negated or any(_BROAD.fullmatch(one) for one in resources.patterns)),
        "principal": principals.negated or "*" in principals.patterns,
    }
    return Grant(
        effect="Allow" if effect == "Allow" else "Deny",
        actions=tuple(written.get(one, one) for one in actions.patterns),
        resources=resources.patterns,
        principals=principals.patterns,
        not_actions=actions.negated,
        not_resources=resources.negated,
        not_principals=principals.negated,
        condition=json.loads(condition) if condition else None,
        wildcards=tuple(name for name, is_wild in reaches.items() if is_wild),
    )


def _order(one: Permission) -> tuple[object, ...]:
    parts = (one.actions, one.resources, one.principals)
    named = [(part.negated, part.patterns) for part in parts]
    return (one.effect, *named, one.condition)
