"""What a stack breaks, who waived what, and which waivers are over or of no use."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Literal

from infra.policy.model import (
    SAME,
    STACK,
    Problem,
    Resource,
    Rule,
    Severity,
    Stack,
    UndecidedError,
    Unknown,
)
from infra.policy.rules import RULES
from infra.policy.rules.platform import REPLACEMENT
from infra.policy.settings import Settings, Waiver

WAIVERS: Final = "mlops-waivers"
"""Id under which waivers that are over, or match nothing, are told."""
STANDING: Final = "stack"
"""Name of the stack itself in findings and waivers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One rule broken in one place."""

    rule: str
    title: str
    source: str
    severity: Literal["mandatory", "advisory"]
    resource: str
    """Logical name; :data:`STANDING` for the stack itself."""
    type: str
    urn: str
    at: str
    """Where in the resource, where there are several places."""
    what: str
    found: str
    """The value there, for people; empty where nothing was."""
    remedy: str
    waived: Waiver | None = None
    """Who lets it be, until when."""

    @property
    def key(self) -> str:
        """Tell this finding from others, the same in every evaluation of the stack."""
        return " ".join(filter(None, (self.rule, self.urn, self.at, self.what)))

    @property
    def where(self) -> str:
        """Name the resource, and the place within it."""
        return f"{self.resource}, {self.at}" if self.at else self.resource

    @property
    def says(self) -> str:
        """Tell what is wrong where, in a line."""
        return f"{self.where}: {self.what}, got {self.found}"

    @property
    def stops(self) -> bool:
        """Tell whether the change must not go on."""
        return self.severity == "mandatory" and self.waived is None


def findings(resources: Iterable[Resource], settings: Settings, *, name: str = "") -> list[Finding]:
    """Return what breaks a rule, what stops first; ``name`` is the stack's, for its own URN.

    What cannot be decided, since only AWS will know it, is left out: :func:`undecided` tells it.
    """
    given = list(resources)
    if not any(one.type == STACK for one in given):
        given.append(standing(name))
    stack = Stack(given, settings.options)
    found = [_judged(finding, settings) for finding in _broken(stack, settings)]
    found += told(settings, found)
    return sorted(found, key=lambda one: (not one.stops, one.waived is not None, one.severity))


def standing(name: str) -> Resource:
    """Return the stack itself, as rules about what a stack must have see it."""
    urn = f"urn:pulumi:{name}::mlops-loop::{STACK}::mlops-loop-{name}"
    return Resource(urn=urn, type=STACK, name=STANDING, props={})


@cache
def rules_of(token: str) -> tuple[Rule, ...]:
    """Return the rules about resources of a type."""
    token = SAME.get(token, token)
    kinds = {token} if token == STACK else {token, "*"}
    return tuple(rule for rule in RULES if kinds & set(rule.types))


def asked(rule: Rule, token: str) -> bool:
    """Tell whether a rule is about resources of a type."""
    return rule in rules_of(token)


def severity(rule: Rule, settings: Settings) -> Severity:
    """Return how much a rule counts in this stack."""
    return settings.severities.get(rule.id, rule.severity)


def problems(rule: Rule, one: Resource, stack: Stack) -> list[Problem]:
    """Return what breaks a rule in a resource, as far as that is known yet."""
    found, _ = _judge(rule, one, stack)
    return found


def undecided(resources: Iterable[Resource], settings: Settings) -> list[tuple[str, str]]:
    """Return rule and URN of what only AWS can decide, of the rules that the stack is held to."""
    stack = Stack(resources, settings.options)
    return [
        (rule.id, one.urn)
        for one in stack.resources
        for rule in rules_of(one.type)
        if severity(rule, settings) != "disabled" and not _judge(rule, one, stack)[1]
    ]


def _judge(rule: Rule, one: Resource, stack: Stack) -> tuple[list[Problem], bool]:
    """Return what breaks a rule, and whether all of it was known.

    Inputs of a shape that no rule expects, which AWS would refuse, are themselves a problem: what
    cannot be read is not let through.
    """
    found: list[Problem] = []
    decided = True
    try:
        for problem in rule.check(one, stack):
            found.append(problem)
    except UndecidedError:
        decided = False
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        shape = f"{type(error).__name__} while reading"
        found.append(Problem(what="inputs must be of the shape that AWS takes", found=shape))
    return (found if len(found) == 1 else [*_told_apart(found)]), decided


def _told_apart(found: Iterable[Problem]) -> Iterator[Problem]:
    """Yield problems, those of the same kind in places without a name by their number."""
    seen: Counter[tuple[str, str]] = Counter()
    for one in found:
        seen[one.what, one.at] += 1
        count = seen[one.what, one.at]
        yield one if count == 1 else replace(one, at=f"{one.at} {count}".strip())


def finding(rule: Rule, one: Resource, problem: Problem, level: Severity) -> Finding:
    """Return what is told of a problem."""
    return Finding(
        rule=rule.id,
        title=rule.title,
        source=rule.source,
        severity="mandatory" if level == "mandatory" else "advisory",
        resource=one.name,
        type=one.type,
        urn=one.urn,
        at=problem.at,
        what=problem.what,
        found=shown(problem.found),
        remedy=rule.remedy,
    )


def waiver_of(found: Finding, settings: Settings) -> Waiver | None:
    """Return the waiver that counts for a finding today."""
    for waiver in settings.waivers:
        if settings.options.today <= waiver.expires and waiver.covers(
            found.rule, found.resource, found.at
        ):
            return waiver
    return None


def told(settings: Settings, found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what is wrong with waivers: those that are over stop, those of no use are told."""
    broken = list(found)
    for waiver in settings.waivers:
        if waiver.expires < settings.options.today:
            yield _about(
                waiver,
                "mandatory",
                f"waiver of {waiver.rule} by {waiver.owner} expired on {waiver.expires}",
                "Mend what it waived and take it out, or have its owner renew it with a reason",
            )
        elif waiver.rule != REPLACEMENT and not any(  # whose operations a plan alone knows
            waiver.covers(one.rule, one.resource, one.at) for one in broken
        ):
            yield _about(
                waiver,
                "advisory",
                f"waiver of {waiver.rule} by {waiver.owner} matches nothing",
                "Take it out of the stack file",
            )


def shown(value: Any) -> str:
    """Return a value for people, cut to one line."""
    if value is None or value == "":
        return "nothing"
    text = (
        repr(value)
        if isinstance(value, Unknown)
        else value
        if isinstance(value, str)
        else json.dumps(value, default=repr, sort_keys=True)
    )
    limit = 160
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _broken(stack: Stack, settings: Settings) -> Iterator[Finding]:
    for one in stack.resources:
        for rule in rules_of(one.type):
            level = severity(rule, settings)
            if level != "disabled":
                for problem in problems(rule, one, stack):
                    yield finding(rule, one, problem, level)


def _judged(found: Finding, settings: Settings) -> Finding:
    waiver = waiver_of(found, settings)
    return found if waiver is None else replace(found, waived=waiver)


def _about(
    waiver: Waiver, level: Literal["mandatory", "advisory"], what: str, remedy: str
) -> Finding:
    return Finding(
        rule=WAIVERS,
        title="A waiver has an end, and something that it waives",
        source="this platform",
        severity=level,
        resource=waiver.resource,
        type=STACK,
        urn=f"{waiver.rule} {waiver.resource}",
        at=waiver.at,
        what=what,
        found=waiver.reason,
        remedy=remedy,
    )
