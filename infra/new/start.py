"""From what was said on the command line to a use case that can be written."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from infra.new.columns import EXAMPLE, of_source
from infra.new.errors import NewError
from infra.new.wishes import UseCase, charter, named
from stacks.errors import close_to


def started(  # noqa: PLR0913 - what the command line offers
    root: Path,
    *,
    team: str,
    name: str,
    objective: str,
    problem: str,
    label: str,
    owner: str | None,
    sources: list[str],
    identifier: str | None,
    time: str | None,
) -> UseCase:
    """Return the use case.

    Raises:
        NewError: there is no such team, or something breaks a rule.
        ExploreError: a source cannot be read.
    """
    named("use case", name)
    layer = root / "stacks" / "teams" / f"{team}.yaml"
    if not layer.is_file():
        known = sorted(path.stem for path in layer.parent.glob("*.yaml"))
        close = ", ".join(close_to(team, known))
        raise NewError(
            f"stacks/teams/{team}.yaml: team must be one of {known}, got {team!r}"
            + (f"; close to it: {close}" if close else f"; start it with mlops new team {team}")
        )
    if (root / "pipelines" / name).exists():
        raise NewError(f"pipelines/{name}: use case must be new, got one of that name")
    settings = yaml.safe_load(layer.read_text(encoding="utf-8"))
    recorded = charter(
        {
            "objective": objective,
            "problem": problem,
            "label": label,
            "owner": owner or settings["owner"],
            "sources": _named(sources, root),
        }
    )
    files = [one for one in sources if not one.startswith("s3://")]
    columns, classes = of_source(
        files[0] if files else "s3://",
        label=label,
        problem=problem,
        identifier=identifier,
        time=time,
    )
    if not any(one.kind in {"number", "category"} for one in columns):
        raise NewError(f"{files[0]}: columns must hold a number or a category, got none")
    if columns is EXAMPLE and (identifier or time):
        raise NewError("--identifier and --time must be columns of a source that is a file")
    return UseCase(team=team, name=name, charter=recorded, classes=classes, columns=columns)


def _named(sources: list[str], root: Path) -> dict[str, str]:
    """Return the sources by names made of their last parts, files relative to the project.

    A file that lies elsewhere is left out: nobody else has it.
    """
    found: dict[str, str] = {}
    for place in sources:
        shown = place
        if not place.startswith("s3://"):
            path = Path(place).absolute()
            if not path.is_relative_to(root):
                continue
            shown = path.relative_to(root).as_posix()
        stem = re.sub(r"[^a-z0-9_]+", "_", Path(place).stem.lower()).strip("_")
        name = stem[:26] if stem[:1].isalpha() else f"source_{stem}"[:26]
        while name in found:
            name = f"{name[:24]}_{len(found) + 1}"
        found[name] = shown
    return found
