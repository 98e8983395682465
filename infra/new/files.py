"""The files of a team and of a use case, from templates."""

from __future__ import annotations

import datetime
import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from infra.new.wishes import ENVIRONMENTS, Team, UseCase
from infra.new.yaml_edit import appended

TEMPLATES = Path(__file__).parent / "templates"
SETTINGS = ("config", "mlops-loop:platform")
WAIVED_DAYS = 365
PROBLEM_TYPES = {
    "binary": "Binary Classification",
    "multiclass": "Multiclass Classification",
    "regression": "Regression",
}
"""SageMaker's words, on model cards."""


def of_team(team: Team, root: Path) -> dict[str, str]:
    """Return the files of a team, by path: its layer; its stacks come with a use case."""
    contact = team.owner if "@" in team.owner else f"{team.name}@example.com"
    values = {"team": team, "contact": contact, "repository": _repository(root)}
    return {f"stacks/teams/{team.name}.yaml": _rendered("stacks/team.yaml.j2", values)}


def of_use_case(wish: UseCase, root: Path, today: datetime.date) -> dict[str, str]:
    """Return the files of a use case, by path, changed ones included."""
    team = f"stacks/teams/{wish.team}.yaml"
    layer: Mapping[str, Any] = yaml.safe_load((root / team).read_text(encoding="utf-8"))
    values: dict[str, Any] = {
        "name": wish.name,
        "team": wish.team,
        "title": f"The {wish.name} use case.",
        "charter": wish.charter,
        "classes": wish.classes,
        "columns": wish.columns,
        "identifier": next(one.name for one in wish.columns if one.kind == "identifier"),
        "objective": _text(wish.charter.objective),
        "problem_type": PROBLEM_TYPES[wish.charter.problem],
        "owner": layer["owner"],
        "expires": (today + datetime.timedelta(days=WAIVED_DAYS)).isoformat(),
        "repository": _repository(root),
        "shadows": wish.shadows,
    }
    block = _rendered("stacks/use_case.yaml.j2", values)
    files = {team: appended((root / team).read_text(encoding="utf-8"), ("use_cases",), block)}
    for environment in ENVIRONMENTS:
        path = f"stacks/Pulumi.{wish.team}-{environment}.yaml"
        files[path] = _stack(root, path, values | {"environment": environment}, layer)
    for template, path in _folder("pipeline", f"pipelines/{wish.name}"):
        files[path] = _rendered(template, values)
    for template, path in _folder("tests", f"tests/use_cases/{wish.name}"):
        files[path] = _rendered(template, values)
    return files


def _stack(root: Path, path: str, values: dict[str, Any], layer: Mapping[str, Any]) -> str:
    """Return a stack's file, with the use case in it."""
    if (root / path).exists():
        text = (root / path).read_text(encoding="utf-8")
    else:
        environment = root / "stacks" / "environments" / f"{values['environment']}.yaml"
        own = yaml.safe_load(environment.read_text(encoding="utf-8"))
        region = layer.get("region") or own["region"]
        theirs = own.get("network", {}).get("vpc", {}).get("zones", [])
        # An environment's zones are those of its own region.
        zones = [region + zone[-1] for zone in theirs] if region != own["region"] else []
        more = {"region": region, "zones": zones}
        text = _rendered("stacks/stack.yaml.j2", values | more)
    waivers = _rendered("stacks/waivers.yaml.j2", values)
    text = appended(text, (*SETTINGS, "policy", "waivers"), waivers)
    return appended(text, (*SETTINGS, "use_cases"), _rendered("stacks/delivery.yaml.j2", values))


def _folder(templates: str, target: str) -> Iterator[tuple[str, str]]:
    folder = TEMPLATES / templates
    for path in sorted(folder.rglob("*.j2")):
        below = path.relative_to(folder).as_posix().removesuffix(".j2")
        yield path.relative_to(TEMPLATES).as_posix(), f"{target}/{below}"


def _rendered(template: str, values: Mapping[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python and YAML, not HTML
    )
    environment.filters["quoted"] = _quoted
    return environment.get_template(template).render(values)


def _quoted(text: str) -> str:
    """Return a text as Python and YAML both read it."""
    return json.dumps(text, ensure_ascii=False)


def _text(words: str) -> str:
    """Return a text as Python has it, in lines that are not too long."""
    pieces = textwrap.wrap(words, 72, drop_whitespace=False)
    if len(pieces) == 1:
        return _quoted(words)
    return "(" + "\n".join(_quoted(one) for one in pieces) + ")"


def _repository(root: Path) -> str:
    """Return the repository that dev is deployed from, ``owner/name``."""
    dev = root / "stacks" / "environments" / "dev.yaml"
    settings = yaml.safe_load(dev.read_text(encoding="utf-8"))
    return str(
        settings.get("deployment", {}).get("github", {}).get("repository", "example/mlops-loop")
    )
