"""Permissions as permissions: which principal gains or loses which action on which resource.

Compared is what policies say, not how: order, Sids, splitting, and moving a statement from one
policy of a principal to another change nothing. What is gained is what no statement of before
covers; whether a Deny, a boundary or an organization's policy takes it away is not computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infra.plan._grants import Grant, beyond, grants
from infra.plan._principals import NOTHING, Access, Principal, Said, read


@dataclass(frozen=True, kw_only=True, slots=True)
class PrincipalChange:
    """A role, user or group that may do something else, or that others may be."""

    kind: str
    """``role``, ``user`` or ``group``."""
    name: str
    change: Literal["added", "removed", "changed"]
    gained: tuple[Grant, ...] = ()
    """What its policies say and did not say before, denials too."""
    lost: tuple[Grant, ...] = ()
    managed_gained: tuple[str, ...] = ()
    """ARNs of policies that others keep: what they permit stands with them."""
    managed_lost: tuple[str, ...] = ()
    trust_gained: tuple[Grant, ...] = ()
    """Who may assume the role, and could not before."""
    trust_lost: tuple[Grant, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundaryChange:
    """Principals that stand within another permissions boundary."""

    old: str | None
    """Name or ARN of the policy; ``None``: they had no boundary."""
    new: str | None
    """``None``: nothing bounds them any more, which widens."""
    principals: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitChange:
    """A policy that bounds principals, or that nobody of the stack has, and says something else."""

    name: str
    change: Literal["added", "removed", "changed"]
    bounds: tuple[str, ...]
    """Principals that stand within it; empty where it is no boundary."""
    gained: tuple[Grant, ...]
    lost: tuple[Grant, ...]

    widens: bool
    """Something is allowed within it that was not."""
    narrows: bool
    """Something was allowed within it that is not any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceChange:
    """A resource whose own policy says something else."""

    service: str
    name: str
    gained: tuple[Grant, ...]
    lost: tuple[Grant, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Permissions:
    """What a change does to who may do what."""

    principals: tuple[PrincipalChange, ...] = ()
    boundaries: tuple[BoundaryChange, ...] = ()
    limits: tuple[LimitChange, ...] = ()
    resources: tuple[ResourceChange, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Where policies stand that changed and could not be read: nothing is known of them."""

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return any(getattr(self, name) for name in self.__slots__)


def compare(base: Mapping[str, Any], head: Mapping[str, Any]) -> Permissions:
    """Compare the permissions of two graphs, ``{urn: {type, name, inputs}}`` with no unknowns."""
    old, new = read(base), read(head)
    return Permissions(
        principals=tuple(_principals(old, new)),
        boundaries=tuple(_boundaries(old, new)),
        limits=tuple(_limits(old, new)),
        resources=tuple(_resources(old, new)),
        unreadable=tuple(
            where
            for where in sorted({*old.unreadable, *new.unreadable})
            if old.unreadable.get(where) != new.unreadable.get(where)
        ),
    )


def _principals(old: Access, new: Access) -> Iterator[PrincipalChange]:
    for key in sorted({*old.principals, *new.principals}):
        before, after = old.principals.get(key), new.principals.get(key)
        was, now = before or Principal(), after or Principal()
        told = PrincipalChange(
            kind=key[0],
            name=key[1],
            change="changed" if before and after else "added" if after else "removed",
            gained=_beyond(now.said, was.said),
            lost=_beyond(was.said, now.said),
            managed_gained=tuple(sorted(now.managed - was.managed)),
            managed_lost=tuple(sorted(was.managed - now.managed)),
            trust_gained=_beyond(now.trust, was.trust),
            trust_lost=_beyond(was.trust, now.trust),
        )
        said = (told.gained, told.lost, told.managed_gained, told.managed_lost)
        if told.change != "changed" or any((*said, told.trust_gained, told.trust_lost)):
            yield told


def _boundaries(old: Access, new: Access) -> Iterator[BoundaryChange]:
    moved: dict[tuple[str | None, str | None], list[str]] = {}
    for key in sorted(old.principals.keys() & new.principals.keys()):
        change = (old.principals[key].boundary, new.principals[key].boundary)
        if change[0] != change[1]:
            moved.setdefault(change, []).append(key[1])
    for (was, now), names in moved.items():
        yield BoundaryChange(old=was, new=now, principals=tuple(names))


def _limits(old: Access, new: Access) -> Iterator[LimitChange]:
    """Compare the policies that give nobody anything: boundaries, and those of nobody."""
    for name in sorted({*old.policies, *new.policies}):
        bounds = {
            key[1]
            for access in (old, new)
            for key, one in access.principals.items()
            if one.boundary == name
        }
        if not bounds and (_given(name, old) or _given(name, new)):
            continue
        before, after = old.policies.get(name), new.policies.get(name)
        was, now = before or NOTHING, after or NOTHING
        gained, lost = _beyond(now, was), _beyond(was, now)
        if gained or lost:
            yield LimitChange(
                name=name,
                change="added" if before is None else "removed" if after is None else "changed",
                bounds=tuple(sorted(bounds)),
                gained=gained,
                lost=lost,
                widens=widens(gained, lost),
                narrows=widens(lost, gained),
            )


def _given(policy: str, access: Access) -> bool:
    """Tell whether somebody has what a policy says: it is told of them then."""
    said = access.policies.get(policy, NOTHING)
    return bool(said) and any(said <= one.said for one in access.principals.values())


def _resources(old: Access, new: Access) -> Iterator[ResourceChange]:
    for key in sorted({*old.resources, *new.resources}):
        was, now = old.resources.get(key, NOTHING), new.resources.get(key, NOTHING)
        gained, lost = _beyond(now, was), _beyond(was, now)
        if gained or lost:
            yield ResourceChange(service=key[0], name=key[1], gained=gained, lost=lost)


def _beyond(new: Said, old: Said) -> tuple[Grant, ...]:
    return grants(beyond(new, old)) if new != old else ()


def widens(gained: tuple[Grant, ...], lost: tuple[Grant, ...]) -> bool:
    """Tell whether more is allowed, or less denied."""
    return any(one.effect == "Allow" for one in gained) or any(one.effect == "Deny" for one in lost)
