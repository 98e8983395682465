"""Delete what is not wanted any more, dependents first."""

from __future__ import annotations

import time
from collections.abc import Iterable

from infra.apply.deployment import Deployment
from infra.apply.guard import REFUSALS, failure
from infra.apply.state import Standing
from infra.apply.summary import OnProgress, Progress


def remove(
    deployment: Deployment,
    doomed: Iterable[Standing],
    progress: OnProgress,
    *,
    with_contents: bool = False,
) -> None:
    """Delete dependents first; what a refused one needs is left standing."""
    tally = deployment.tally
    needed: set[str] = set()
    for standing in dependents_first(doomed):
        began = time.monotonic()
        if standing.urn in needed and not standing.replaced:
            needed.update(standing.dependencies)
            tally.skipped.append(standing.urn)
            progress(Progress("skip", standing.urn, 0.0))
            continue
        try:
            deployment.delete(standing, with_contents=with_contents)
        except REFUSALS as error:
            needed.update(standing.dependencies)
            tally.failed.append(failure(standing.urn, error))
            progress(Progress("fail", standing.urn, time.monotonic() - began))
        else:
            if not standing.replaced:
                tally.deleted.append(standing.urn)
            progress(Progress("delete", standing.urn, time.monotonic() - began))


def dependents_first(doomed: Iterable[Standing]) -> list[Standing]:
    """Return what is to be deleted, the youngest first and nothing before its dependents."""
    youngest_first = list(reversed(list(doomed)))
    dependents: dict[str, list[Standing]] = {}
    for standing in youngest_first:
        for urn in standing.dependencies:
            dependents.setdefault(urn, []).append(standing)
    ordered: dict[int, Standing] = {}
    for start in youngest_first:
        waiting = [start]
        while waiting:
            standing = waiting[-1]
            before = [s for s in dependents.get(standing.urn, []) if id(s) not in ordered]
            before = [s for s in before if s not in waiting]
            if before:
                waiting.append(before[0])
            else:
                ordered.setdefault(id(standing), waiting.pop())
    return list(ordered.values())
