"""What a release promised: its logical names, and that what holds data is not replaced.

Users build on logical names: under another one Pulumi makes another resource and deletes the first.
A release's record is planned against the code as it is; what it loses needs an alias.

``python -m infra.plan.contract VERSION`` writes the record of a release.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from infra.plan.compare import Change, compare, stateful
from infra.plan.renames import renames
from infra.plan.snapshot import Planned, Snapshot
from infra.plan.successors import content_named

ROOT: Final = Path(__file__).resolve().parents[2]
RECORDS: Final = ROOT / "tests" / "upgrades"


def record(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return what a release promises of one stack: who there is, and the inputs of what lasts.

    Where these hold what AWS computes for another, that one's symbols are a part: a rename with an
    alias is to leave them as they are.
    """
    lasting = [one for one in snapshot.resources.values() if stateful(one.type)]
    followed = {urn for one in lasting for urns in one.followed.values() for urn in urns}
    return [
        {
            "urn": one.urn,
            "type": one.type,
            "name": one.name,
            "parent": one.parent,
            "custom": one.custom,
            **({"inputs": one.inputs} if stateful(one.type) else {}),
            **({"symbols": one.symbols} if stateful(one.type) or one.urn in followed else {}),
        }
        for one in snapshot.resources.values()
        if _promised(one.type, one.name)
    ]


def broken(recorded: Iterable[Mapping[str, Any]], head: Snapshot) -> list[str]:
    """Return what the head breaks of a release's promise, each with what mends it."""
    now = {urn: one for one in head.resources.values() for urn in (*one.aliases, one.urn)}
    held = [_as_it_was(one, now.get(one["urn"])) for one in recorded]
    base = Snapshot(stack=head.stack, resources={one.urn: one for one in held})
    changes = [one for one in compare(base, head) if _promised(one.type, one.name)]
    told = {one.was: one for one in renames(changes)}
    said = [
        f"{_name(one.was)} would be deleted and made anew as {_name(one.now)}; "
        f"add to {_name(one.now)}: {one.alias}"
        for one in told.values()
    ]
    gone = [one for one in changes if one.operation == "delete" and not _within(one, told, changes)]
    said += [f"{one.name} ({one.type}) would be deleted" for one in gone]
    lasting = {one.urn for one in held if stateful(one.type)}
    for one in changes:
        if one.operation == "replace" and (one.was or one.urn) in lasting:
            paths = ", ".join(cause.path for cause in one.inputs if cause.replaces)
            said.append(f"{one.name} ({one.type}) would be replaced, for {paths}")
    return said


def _as_it_was(recorded: Mapping[str, Any], now: Planned | None) -> Planned:
    """Return a recorded resource; what may change at will is taken to be as it is now."""
    inputs = dict(now.inputs) if now else {}
    return Planned(**{"inputs": inputs, "symbols": now.symbols if now else {}, **recorded})


def _promised(type_: str, name: str) -> bool:
    """Tell whether a name is to last: not that of a content, but for what holds data."""
    return stateful(type_) or not content_named(name)


def _within(one: Change, told: Mapping[str, object], changes: Iterable[Change]) -> bool:
    parents = {change.urn: change.parent for change in changes}
    urn: str | None = one.urn
    while urn is not None:
        if urn in told:
            return True
        urn = parents.get(urn)
    return False


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _version(text: str) -> str:
    if not re.fullmatch(r"\d+\.\d+\.\d+", text):
        raise argparse.ArgumentTypeError(f"version must be like 1.2.0, got {text!r}")
    return text


def main(arguments: list[str] | None = None) -> int:
    """Write the record of a release."""
    parser = argparse.ArgumentParser(prog="python -m infra.plan.contract", description=main.__doc__)
    parser.add_argument("version", type=_version, help="of the release: 1.2.0")
    version = parser.parse_args(arguments).version
    from infra.plan.describe import describe  # noqa: PLC0415 - reading needs neither
    from infra.plan.evaluate import evaluate_stack  # noqa: PLC0415
    from stacks.names import stacks  # noqa: PLC0415

    written = {stack: record(describe(evaluate_stack(stack))) for stack in stacks()}
    path = RECORDS / f"{version}.json"
    path.write_text(json.dumps(written, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
