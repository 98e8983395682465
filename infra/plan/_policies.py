"""IAM policy documents as what they permit: a set that order, Sids and splitting do not change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from infra.plan._values import canonical, items, mapping, plain, text

MAX_PRODUCT: Final = 2_000
"""Actions times resources of one statement; beyond it the statement is one permission."""
_ACCOUNT: Final = re.compile(r"\d{12}")


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
        return not any(wild(b) or covers(a, b) for a in self.patterns for b in other.patterns)


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


def wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern
