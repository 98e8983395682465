"""Short-lived stacks: the file of one, made from its environment's own stack, and its last day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from shlex import quote
from typing import Any, Final

import yaml

from stacks.config import StackConfig
from stacks.errors import StackError
from stacks.layers import SETTINGS, load
from stacks.names import INSTANCE, StackName, parse

LONGEST_DAYS: Final = 30
"""What stands longer is an environment: it belongs into the repository, under review."""
_SPAN: Final = re.compile(r"(\d+)d")
_REVISION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


class ShortLivedError(StackError):
    """A short-lived stack cannot be made as it was asked for."""


def last_day(expires: str, today: date) -> date:
    """Return the last day of a stack: ``3d`` from today, or an ISO date.

    Raises:
        ShortLivedError: it is neither, or more than thirty days away.
    """
    if span := _SPAN.fullmatch(expires):
        day = today + timedelta(days=min(int(span[1]), LONGEST_DAYS + 1))
    else:
        try:
            day = date.fromisoformat(expires)
        except ValueError:
            rule = "expires must be a number of days (3d) or a date (2026-11-24)"
            raise ShortLivedError(f"{rule}, got {expires!r}") from None
    if (day - today).days > LONGEST_DAYS:
        raise ShortLivedError(f"expires must be within {LONGEST_DAYS} days, got {expires!r}")
    return day


def write(
    base: str, instance: str, day: date, root: Path, *, revision: str | None = None
) -> tuple[str, Path]:
    """Write the file of a short-lived stack beside ``base``; return its name and the file.

    ``revision`` is the branch, tag or commit that its deliveries build. What stands in the file
    before counts no more. A file that breaks a rule is not left behind.

    Raises:
        ShortLivedError: ``base`` is short-lived itself or prod's, or the revision is none.
        StackError: ``base`` is unknown, or the new stack breaks a rule.
    """
    config = load(base, root).config
    if config.instance is not None:
        raise ShortLivedError(f"base must be an environment's own stack, got {base!r}")
    if config.environment == "prod":
        raise ShortLivedError(f"base must be of another environment than prod, got {base!r}")
    if revision is not None and not _REVISION.fullmatch(revision):
        raise ShortLivedError(f"revision must be a branch, tag or commit, got {revision!r}")
    name = str(StackName(team=config.team, environment=config.environment, instance=instance))
    if parse_instance(name) != instance:
        raise ShortLivedError(f"name must be letters and a number (pr12), got {instance!r}")
    told = f"mlops stack new {base} --as {instance} --expires {day.isoformat()}"
    again = f"{told} --revision {quote(revision)}" if revision else told
    # Quoted: the engine writes dates anew, as Go does.
    settings: dict[str, Any] = {"expires": day.isoformat()}
    if deliveries := _deliveries(config, f".venv/bin/{again}", revision):
        settings["use_cases"] = deliveries
    held = {"config": {"aws:region": config.region, SETTINGS: settings}}
    path = root / "stacks" / f"Pulumi.{name}.yaml"
    before = path.read_text(encoding="utf-8") if path.is_file() else None
    text = f"# yaml-language-server: $schema=schema.json\n# Written by: {again}\n"
    path.write_text(text + yaml.safe_dump(held, sort_keys=False), encoding="utf-8")
    try:
        load(name, root)
    except StackError:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
        raise
    return name, path


def again(stack: str, day: date, root: Path) -> None:
    """Write the file of a short-lived stack that stands, where this checkout lacks it.

    Raises:
        StackError: its environment's own stack is gone, or breaks a rule.
    """
    if not (root / "stacks" / f"Pulumi.{stack}.yaml").is_file():
        name = parse(stack)
        write(name.base, name.instance or "", day, root)


def base_of(stack: str) -> str:
    """Return the environment's own stack of a short-lived one.

    Raises:
        ShortLivedError: it is not short-lived.
    """
    if (instance := parse_instance(stack)) is None:
        raise ShortLivedError(f"stack must be short-lived, as flights-dev-pr12, got {stack!r}")
    return stack.removesuffix(f"-{instance}")


def parse_instance(stack: str) -> str | None:
    """Return the third part of a short-lived stack's name; ``None`` where it is no such name."""
    try:
        instance = parse(stack).instance
    except ValueError:
        return None
    return instance if instance and re.fullmatch(INSTANCE, instance) else None


def _deliveries(config: StackConfig, again: str, revision: str | None) -> Mapping[str, Any]:
    """Return, by use case, deliveries that make the file anew: it is in no repository."""
    found: dict[str, Any] = {}
    for name, use_case in config.use_cases.items():
        delivery = use_case.delivery
        if delivery.source.type == "none":
            continue  # builds run where the file is
        source = {} if revision is None else {"source": {"version": revision}}
        commands = list(delivery.commands)
        first = commands.index("make setup") + 1 if "make setup" in commands else 0
        commands.insert(first, again)
        found[name] = {"delivery": {**source, "commands": commands}}
    return found
