"""IAM policy documents as what they permit: a set that order, Sids and splitting do not change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal

from infra.plan._values import canonical, items, mapping, plain, text

MAX_PRODUCT: Final = 2_000
"""Actions times resources of one statement; beyond it the statement is one permission."""
MAX_CHECKS: Final = 100_000
"""Pairs of permissions that are looked at, of one principal, for one covering the other."""
_ACCOUNT: Final = re.compile(r"\d{12}")
_BROAD: Final = re.compile(
    r"\*|arn:[^:]*[*?][^:]*:.*|arn:[^:]*:[^:]*[*?].*|arn:([^:]*:){4}\*"
    r"|arn:[^:]*:(?!s3:)([^:]*:){3}[\w-]+[/:]\*"
)


class UnreadableError(ValueError):
    """A policy is no JSON, or no policy."""


@dataclass(frozen=True, slots=True)
class Part:
    """Patterns of a statement's actions, resources or principals; all but them if ``negated``."""

    patterns: tuple[str, ...]
    negated: bool = False
    written: tuple[str, ...] = field(default=(), compare=False)
    """As they stand in the policy, where case counts for nothing."""

    def covers(self, other: Part) -> bool:
        """Tell whether all that ``other`` names is surely named here."""
        if not self.negated and not other.negated:
            return all(any(covers(a, b) for a in self.patterns) for b in other.patterns)
        if self.negated and other.negated:
            return all(any(covers(b, a) for b in other.patterns) for a in self.patterns)
        if other.negated:
            return "*" in self.patterns
        return not any(
            _wild(b) or covers(a, b) or _wild(a) for a in self.patterns for b in other.patterns
        )


@dataclass(frozen=True, slots=True)
class Permission:
    """The smallest thing a statement says."""

    effect: str
    principals: Part
    actions: Part
    resources: Part
    condition: str
    """Canonical JSON; empty without one."""

    def covers(self, other: Permission) -> bool:
        """Tell whether this says all that ``other`` says."""
        return (
            self.effect == other.effect
            and self.condition in {"", other.condition}
            and self.actions.covers(other.actions)
            and self.resources.covers(other.resources)
            and (self.principals == other.principals or self._names_anyone(other.principals))
        )

    def _names_anyone(self, others: Part) -> bool:
        """Tell whether these are everyone in AWS and ``others`` some: services are not among."""
        return (
            self.principals == Part(("*",))
            and not others.negated
            and not any(" " in one for one in others.patterns)
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


def permissions(document: object) -> frozenset[Permission]:
    """Return what a policy, parsed or as text, says.

    Raises:
        UnreadableError: it is no policy.
    """
    return _known(document) if isinstance(document, str) else _read(document)


@lru_cache(maxsize=4096)
def _known(document: str) -> frozenset[Permission]:
    """Return what :func:`permissions` does; most policies stand on both sides of a comparison."""
    return _read(document)


def _read(document: object) -> frozenset[Permission]:
    return frozenset(
        permission
        for statement in items(parsed(document).get("Statement"))
        for permission in _statement(statement)
    )


def parsed(document: object) -> Mapping[str, Any]:
    """Return a policy as a mapping.

    Raises:
        UnreadableError: it is no policy.
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("policy must be JSON") from error
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise UnreadableError("policy must be an object with Statement")
    return mapping(plain(document))


def statement(
    *, principal: object, action: object, resource: object, condition: object = None
) -> frozenset[Permission]:
    """Return what a statement says that AWS writes from a resource's arguments."""
    said = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return frozenset(_statement({**said, **({"Condition": condition} if condition else {})}))


def _statement(said: object) -> Iterator[Permission]:
    if not isinstance(said, Mapping) or said.get("Effect") not in ("Allow", "Deny"):
        raise UnreadableError("statement must have the Effect Allow or Deny")
    condition = _condition(said.get("Condition"))
    if not {"Action", "NotAction"} & said.keys():
        raise UnreadableError("statement must have Action or NotAction")
    actions = _parts(said, "Action", str.lower)
    resources = _parts(said, "Resource")
    principals = _principals(said)
    if len(actions) * len(resources) * len(principals) > MAX_PRODUCT:
        actions, resources, principals = (
            parts if any(one.negated for one in parts) else [_whole(parts)]
            for parts in (actions, resources, principals)
        )
    for action in actions:
        for resource in resources:
            for principal in principals:
                yield Permission(str(said["Effect"]), principal, action, resource, condition)


def _parts(said: Mapping[str, Any], key: str, read: Callable[[str], str] = str) -> list[Part]:
    negated = f"Not{key}" in said
    named = {
        read(text(one)): text(one) for one in items(said.get(f"Not{key}" if negated else key, "*"))
    }
    parts = sorted(named.items())
    if negated:
        return [_part(parts, negated=True)]
    return [_part([one]) for one in parts]


def _part(named: Iterable[tuple[str, str]], *, negated: bool = False) -> Part:
    pairs = tuple(named)
    return Part(tuple(one for one, _ in pairs), negated, tuple(written for _, written in pairs))


def _whole(parts: Iterable[Part]) -> Part:
    pairs = {
        pair
        for one in parts
        for pair in zip(one.patterns, one.written or one.patterns, strict=True)
    }
    return _part(sorted(pairs))


def _principals(said: Mapping[str, Any]) -> list[Part]:
    if "NotPrincipal" in said:
        return [Part(tuple(sorted(_named(said["NotPrincipal"]))), negated=True)]
    return [Part((one,)) for one in sorted(_named(said.get("Principal")))] or [Part(())]


def _named(principal: object) -> set[str]:
    if not isinstance(principal, Mapping):
        return {text(one) for one in items(principal)}
    found = set()
    for kind, values in principal.items():
        for one in items(values):
            name = text(one)
            if kind != "AWS":
                name = f"{kind.lower()} {name}"
            elif _ACCOUNT.fullmatch(name):
                name = f"arn:aws:iam::{name}:root"
            found.add(name)
    return found


def _condition(condition: object) -> str:
    if not condition:
        return ""
    said: dict[str, Any] = {}
    for operator, keys in mapping(condition).items():
        if not isinstance(keys, Mapping):
            said[operator] = text(keys)
            continue
        values: dict[str, set[str]] = {}
        for key, wanted in keys.items():
            values.setdefault(key.lower(), set()).update(text(one) for one in items(wanted))
        said[operator] = {key: sorted(found) for key, found in values.items()}
    return canonical(said or text(condition))


def covers(pattern: str, other: str) -> bool:
    """Tell whether ``pattern`` surely matches all that ``other`` matches; ``*`` and ``?`` are wild.

    Both pointers only go on, or back to the last star: no pattern takes exponential time.
    """
    if pattern in {"*", other}:
        return True
    at = star = mark = 0
    starred = False
    index = 0
    while index < len(other):
        if at < len(pattern) and pattern[at] == "*":
            starred, star, mark = True, at, index
            at += 1
        elif at < len(pattern) and (
            pattern[at] == other[index] or (pattern[at] == "?" and other[index] != "*")
        ):
            at += 1
            index += 1
        elif starred:
            mark += 1
            at, index = star + 1, mark
        else:
            return False
    return all(one == "*" for one in pattern[at:])


def _wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


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
            if one.actions.negated or any(map(_wild, one.actions.patterns)):
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
    wild = {
        "action": actions.negated or any(_wild(one) for one in actions.patterns),
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
        wildcards=tuple(name for name, is_wild in wild.items() if is_wild),
    )


def _order(one: Permission) -> tuple[object, ...]:
    parts = (one.actions, one.resources, one.principals)
    named = [(part.negated, part.patterns) for part in parts]
    return (one.effect, *named, one.condition)
