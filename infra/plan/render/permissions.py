"""The changes of permissions, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from infra.plan._grants import Grant
from infra.plan._values import canonical
from infra.plan.permissions import LimitChange, Permissions, PrincipalChange, widens
from infra.plan.render.safe import capped, counted, inline, listed

MAX_LINES: Final = 60
MAX_OF_ONE: Final = 12
"""Lines about one principal or resource."""
MAX_NAMES: Final = 30
"""Of those about whom the same is said."""


def markdown(section: Permissions) -> str:
    """Return the section, its first line a summary; nothing where no permission changed."""
    if not section:
        return ""
    lines = [
        f"- the policy of {inline(where)} changed and cannot be read"
        for where in section.unreadable
    ]
    alike: dict[tuple[object, ...], list[_About]] = {}
    for one in sorted(_told(section), key=lambda about: about.urgency):
        alike.setdefault((one.urgency, one.kind, one.came, one.lines or one.name), []).append(one)
    for several in alike.values():
        first = several[0]
        kind = first.kind if len(several) == 1 else f"{first.kind}s"
        lines.append(f"- {kind} {listed([one.name for one in several], MAX_NAMES)}{first.came}")
        lines += [f"  {line}" for line in capped(first.lines, MAX_OF_ONE)]
    return f"**Permissions**: {_summary(section)}\n\n" + "\n".join(capped(lines, MAX_LINES))


def _summary(section: Permissions) -> str:
    changed = [one for one in section.principals if one.change == "changed"]
    added = sum(one.change == "added" for one in section.principals)
    gained = [
        *(grant for one in section.principals for grant in (*one.gained, *one.trust_gained)),
        *(grant for one in section.resources for grant in one.gained),
    ]
    wild = sum(grant.effect == "Allow" and bool(grant.wildcards) for grant in gained)
    limits = [one for one in section.limits if one.change == "changed"]
    gain = sum(bool(one.managed_gained) or widens(one.gained, one.lost) for one in changed)
    lose = sum(bool(one.managed_lost) or widens(one.lost, one.gained) for one in changed)
    trust = sum(bool(one.trust_gained or one.trust_lost) for one in changed)
    counts = (
        (added, "principal added", "principals added"),
        (len(section.principals) - added - len(changed), "principal removed", "principals removed"),
        (gain, "principal gains", "principals gain"),
        (lose, "principal loses", "principals lose"),
        (trust, "role is assumed by others", "roles are assumed by others"),
        (len(section.boundaries), "change of boundary", "changes of boundary"),
        (sum(one.widens for one in limits), "policy widened", "policies widened"),
        (sum(one.narrows for one in limits), "policy narrowed", "policies narrowed"),
        (len(section.limits) - len(limits), "policy come or gone", "policies come or gone"),
        (len(section.resources), "resource's own policy", "resources' own policies"),
        (wild, "gain with a wildcard", "gains with a wildcard"),
        (len(section.unreadable), "policy that cannot be read", "policies that cannot be read"),
    )
    return ", ".join(counted(number, one, many) for number, one, many in counts if number)


@dataclass(frozen=True, kw_only=True, slots=True)
class _About:
    """Whom lines are about."""

    urgency: int
    """What widens by a wildcard comes first (0), then what widens (1), then the rest (2)."""
    kind: str
    name: str
    """Markdown."""
    came: str = ""
    lines: tuple[str, ...] = ()


def _told(section: Permissions) -> Iterator[_About]:
    for one in section.principals:
        yield _About(
            urgency=_urgency((*one.gained, *one.trust_gained), one.lost, one.managed_gained),
            kind=one.kind,
            name=inline(one.name),
            came="" if one.change == "changed" else f", {one.change}",
            lines=tuple(_principal(one)),
        )
    for change in section.boundaries:
        names = listed([inline(name) for name in change.principals], MAX_NAMES)
        if change.new is None:
            how = f"{inline(change.old)} is taken from (widens)"
        elif change.old is None:
            how = f"{inline(change.new)} where there was none (narrows)"
        else:
            how = f"{inline(change.old)} → {inline(change.new)}"
        urgency = 1 if change.old is not None else 2
        yield _About(urgency=urgency, kind="boundary", name=f"{how}: {names}")
    for limit in section.limits:
        yield _About(
            urgency=_urgency(limit.gained, limit.lost),
            kind="boundary" if limit.bounds else "policy",
            name=inline(limit.name),
            came=_limit(limit),
            lines=tuple(_grants(limit.gained, limit.lost)),
        )
    for resource in section.resources:
        yield _About(
            urgency=_urgency(resource.gained, resource.lost),
            kind="policy of",
            name=inline(f"{resource.service} {resource.name}"),
            lines=tuple(_grants(resource.gained, resource.lost)),
        )


def _urgency(
    gained: tuple[Grant, ...], lost: tuple[Grant, ...], managed: tuple[str, ...] = ()
) -> int:
    if any(one.effect == "Allow" and one.wildcards for one in gained):
        return 0
    return 1 if managed or widens(gained, lost) else 2


def _limit(limit: LimitChange) -> str:
    if not limit.bounds:
        return ", of nobody in this stack"
    how = " and ".join(["widened"] * limit.widens + ["narrowed"] * limit.narrows)
    how = how if limit.change == "changed" else limit.change
    return f" {how}, of {counted(len(limit.bounds), 'principal')}"


def _principal(one: PrincipalChange) -> Iterator[str]:
    yield from (f"- may be assumed: {_grant(grant)}" for grant in one.trust_gained)
    yield from (f"- gains the policy {inline(arn)}" for arn in one.managed_gained)
    yield from _grants(one.gained, one.lost)
    yield from (f"- loses the policy {inline(arn)}" for arn in one.managed_lost)
    yield from (f"- may no longer be assumed: {_grant(grant)}" for grant in one.trust_lost)


def _grants(gained: Sequence[Grant], lost: Sequence[Grant]) -> Iterator[str]:
    words = (
        ("gains", gained, "Allow"),
        ("is no longer denied", lost, "Deny"),
        ("loses", lost, "Allow"),
        ("is denied now", gained, "Deny"),
    )
    for word, grants, effect in words:
        for grant in sorted(grants, key=lambda one: -len(one.wildcards)):
            if grant.effect == effect:
                yield f"- {word} {_grant(grant)}"


def _grant(grant: Grant) -> str:
    by = f"{_part(grant.principals, negated=grant.not_principals)}: " if grant.principals else ""
    actions = _part(grant.actions, negated=grant.not_actions)
    told = f"{by}{actions}"
    if grant.resources != ("*",) or grant.not_resources or not grant.principals:
        told += f" on {_part(grant.resources, negated=grant.not_resources)}"
    if grant.condition:
        told += f" if {inline(canonical(grant.condition), 200)}"
    if grant.wildcards:
        told += f" (**wildcard**: {', '.join(grant.wildcards)})"
    return told


def _part(patterns: Sequence[str], *, negated: bool) -> str:
    return f"{'all but ' if negated else ''}{listed([inline(one) for one in patterns])}"
