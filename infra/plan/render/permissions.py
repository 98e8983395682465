"""The changes of permissions, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.plan._grants import Grant
from infra.plan._values import canonical
from infra.plan.permissions import LimitChange, Permissions, PrincipalChange
from infra.plan.render.safe import capped, counted, inline, listed

MAX_LINES: Final = 60
MAX_OF_ONE: Final = 12
"""Lines about one principal or resource."""


def markdown(section: Permissions) -> str:
    """Return the section, its first line a summary; nothing where no permission changed."""
    if not section:
        return ""
    lines: list[str] = []
    for about, told in sorted(_told(section), key=_urgency):
        lines += [f"- {about}", *(f"  {line}" for line in capped(told, MAX_OF_ONE))]
    lines += [
        f"- the policy of {inline(where)} changed and cannot be read"
        for where in section.unreadable
    ]
    return f"**Permissions**: {_summary(section)}\n\n" + "\n".join(capped(lines, MAX_LINES))


def _summary(section: Permissions) -> str:
    changed = [one for one in section.principals if one.change == "changed"]
    added = sum(one.change == "added" for one in section.principals)
    wild = sum(
        grant.effect == "Allow" and bool(grant.wildcards)
        for changes in (section.principals, section.resources)
        for one in changes
        for grant in one.gained
    )
    limits = [one for one in section.limits if one.change == "changed"]
    gain = sum(bool(one.gained or one.managed_gained) for one in changed)
    lose = sum(bool(one.lost or one.managed_lost) for one in changed)
    trust = sum(bool(one.trust_gained or one.trust_lost) for one in changed)
    counts = (
        (added, "principal added", "principals added"),
        (len(section.principals) - added - len(changed), "removed", "removed"),
        (gain, "principal gains", "principals gain"),
        (lose, "principal loses", "principals lose"),
        (trust, "role is assumed by others", "roles are assumed by others"),
        (len(section.boundaries), "change of boundary", "changes of boundary"),
        (sum(one.widens for one in limits), "policy widened", "policies widened"),
        (sum(one.narrows for one in limits), "policy narrowed", "policies narrowed"),
        (len(section.resources), "resource's own policy", "resources' own policies"),
        (wild, "gain with a wildcard", "gains with a wildcard"),
        (len(section.unreadable), "policy that cannot be read", "policies that cannot be read"),
    )
    return ", ".join(counted(number, one, many) for number, one, many in counts if number)


def _told(section: Permissions) -> Iterator[tuple[str, list[str]]]:
    for one in section.principals:
        came = "" if one.change == "changed" else f", {one.change}"
        yield f"{one.kind} {inline(one.name)}{came}", [*_principal(one)]
    for change in section.boundaries:
        names = listed([inline(name) for name in change.principals])
        if change.new is None:
            about = f"no boundary any more, {inline(change.old)} before (widens): {names}"
        elif change.old is None:
            about = f"boundary {inline(change.new)} where there was none (narrows): {names}"
        else:
            about = f"boundary {inline(change.old)} → {inline(change.new)}: {names}"
        yield about, []
    for limit in section.limits:
        yield _limit(limit), [*_grants(limit.gained, limit.lost)]
    for resource in section.resources:
        name = f"policy of {inline(f'{resource.service} {resource.name}')}"
        yield name, [*_grants(resource.gained, resource.lost)]


def _limit(limit: LimitChange) -> str:
    if not limit.bounds:
        return f"policy {inline(limit.name)}, of nobody in this stack"
    how = " and ".join(["widened"] * limit.widens + ["narrowed"] * limit.narrows)
    how = how if limit.change == "changed" else limit.change
    return f"boundary {inline(limit.name)} {how}, of {counted(len(limit.bounds), 'principal')}"


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


def _urgency(told: tuple[str, list[str]]) -> int:
    """Put what widens first."""
    about, lines = told
    if any("**wildcard**" in line and "gains" in line for line in lines):
        return 0
    return 1 if "widen" in about or any("gains" in line for line in lines) else 2
