"""Pulumi's own command line: which stacks stand, until when, and what drifted from its state."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from infra.short_lived import LONGEST_DAYS, parse_instance

DEFAULT_DAYS: Final = 3
"""Days after its last update for which a short-lived stack counts that does not say its last."""


class PulumiError(RuntimeError):
    """Pulumi's command line failed; its output tells why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A short-lived stack in Pulumi's state."""

    stack: str
    updated: date | None
    """Day of its last update, or of its making; ``None`` where the state does not tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drifted:
    """A resource that is another in AWS than Pulumi made it."""

    urn: str
    gone: bool
    inputs: tuple[str, ...] = ()
    """Which inputs differ; not what they are, for a state may hold what no log should."""

    @property
    def name(self) -> str:
        """Type and logical name."""
        kind, _, name = self.urn.rpartition("::")
        return f"{kind.rpartition('::')[2].rpartition('$')[2]} {name}"


def pulumi(*arguments: str, root: Path, shown: bool = False) -> str:
    """Run one command in the project and return what it printed; ``shown`` lets it print itself.

    Raises:
        PulumiError: it failed, or there is no Pulumi.
    """
    command = ["pulumi", *arguments, "--non-interactive"]
    try:
        done = subprocess.run(  # noqa: S603 - names of stacks, none of which begins with a dash
            command, cwd=root, capture_output=not shown, text=True, check=False
        )
    except FileNotFoundError as error:
        raise PulumiError("pulumi must be on PATH: https://www.pulumi.com/docs/install") from error
    if done.returncode != 0:
        said = "" if shown else f": {_why(done)[-4000:].strip()}"
        raise PulumiError(f"pulumi {' '.join(arguments[:2])} ended with {done.returncode}{said}")
    return done.stdout or ""


def remove(stack: str, *, root: Path) -> None:
    """Delete everything that the stack holds, then the stack.

    Raises:
        PulumiError: something stayed.
    """
    pulumi(
        "destroy", "--yes", "--skip-preview", "--remove", "--stack", stack, root=root, shown=True
    )


def short_lived(base: str, *, root: Path) -> Iterator[Standing]:
    """Yield the short-lived stacks beside ``base`` that Pulumi's state holds.

    Raises:
        PulumiError: Pulumi failed.
    """
    for held in _json(pulumi("stack", "ls", "--output", "json", root=root)):
        stack = held["name"].rpartition("/")[2]
        instance = parse_instance(stack)
        if instance is None or stack != f"{base}-{instance}":
            continue
        told = held.get("lastUpdate")
        yield Standing(stack=stack, updated=datetime.fromisoformat(told).date() if told else None)


def last_day(one: Standing, *, root: Path) -> date | None:
    """Return the last day that a stack's resources tell; ``None`` where nothing does.

    It is never more than thirty days after its last update, whatever its code wrote.

    Raises:
        PulumiError: Pulumi failed.
    """
    if one.updated is None:
        return None
    exported = _json(pulumi("stack", "export", "--stack", one.stack, root=root))
    told = _told(exported.get("deployment") or {})
    if told is None:
        return one.updated + timedelta(days=DEFAULT_DAYS)
    return min(told, one.updated + timedelta(days=LONGEST_DAYS))


def drift(stack: str, *, root: Path) -> tuple[Drifted, ...]:
    """Return what differs in AWS from what Pulumi made; nothing is changed, in AWS or in the state.

    Raises:
        PulumiError: Pulumi failed.
    """
    found = _json(pulumi("refresh", "--preview-only", "--json", "--stack", stack, root=root))
    steps = found.get("steps", ())  # an empty stack has none
    return tuple(
        Drifted(
            urn=step["urn"],
            gone=step["op"] == "delete",
            inputs=tuple(sorted(step.get("detailedDiff") or ())),
        )
        for step in steps
        if step["op"] not in {"refresh", "same", "read"}
    )


def _told(deployment: Mapping[str, Any]) -> date | None:
    """Return the last day that the resources' tags tell; the latest where an update failed."""
    told = {
        str(tags["expires"])
        for one in deployment.get("resources") or ()
        if isinstance(tags := (one.get("inputs") or {}).get("tags"), dict) and "expires" in tags
    }
    days = (date.fromisoformat(one) for one in told if re.fullmatch(r"\d{4}-\d\d-\d\d", one))
    return max(days, default=None)


def _json(printed: str) -> Any:  # noqa: ANN401 - JSON
    """Return what is printed after whatever Pulumi told before.

    Raises:
        PulumiError: it is no JSON.
    """
    begins = re.search(r"^[\[{]", printed, re.MULTILINE)
    if begins is None:
        raise PulumiError("pulumi must print JSON, got none")
    try:
        return json.loads(printed[begins.start() :])
    except ValueError as error:
        raise PulumiError(f"pulumi must print JSON: {error}") from error


def _why(done: subprocess.CompletedProcess[str]) -> str:
    """Return what Pulumi said; of JSON its errors alone: beside them stand the state's values."""
    if done.stderr.strip():
        return done.stderr
    try:
        told = _json(done.stdout)["diagnostics"]
    except (PulumiError, LookupError, TypeError):
        return done.stdout
    errors = (one.get("message", "") for one in told if one.get("severity") == "error")
    return re.sub(r"<\{%.*?%\}>", "", "\n".join(errors))  # colours
