"""Starting a team and a use case: what is refused, what is written, and that it is valid."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from infra.cli import new
from infra.cli.main import app
from infra.new import files, start, write
from infra.new.errors import NewError
from infra.new.wishes import ENVIRONMENTS, Team
from infra.new.yaml_edit import appended
from stacks.errors import StackFileError
from stacks.layers import load

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 1)
GIVEN: dict[str, Any] = {
    "objective": "Tell which customers are about to leave.",
    "problem": "binary",
    "label": "churned",
    "owner": None,
    "sources": [],
    "identifier": None,
    "time": None,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the project, as far as starting something reads it."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=_of_others)
    (tmp_path / "pipelines").mkdir()
    for name in ("__init__.py", "settings.py", "shared", "flights"):
        (tmp_path / "pipelines" / name).symlink_to(ROOT / "pipelines" / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _of_others(folder: str, names: list[str]) -> list[str]:
    """Leave teams out that were started in this project."""
    teams = folder.endswith("teams")
    return [
        name
        for name in names
        if (teams and name != "flights.yaml")
        or (name.startswith("Pulumi.") and not name.startswith("Pulumi.flights-"))
    ]


def team(root: Path, name: str = "demo", **given: Any) -> None:
    wish = Team(name=name, owner="demo@example.com", **given)
    wish.check(root)
    write.write(files.of_team(wish, root), root, stacks=[])


def use_case(root: Path, name: str = "churn", of: str = "demo", **given: Any) -> None:
    wish = start.started(root, team=of, name=name, **{**GIVEN, **given})
    made = files.of_use_case(wish, root, TODAY)
    stacks = [f"{of}-{environment}" for environment in ENVIRONMENTS]
    write.write(made, root, stacks=stacks, use_case=name)


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".ruff_cache" not in path.parts
    }


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Demo", "team must match pattern"),
        ("d", "team must match pattern"),
        ("a" * 21, "(lower-case letters and digits, 2-20, a letter first)"),
        ("de-mo", "team must match pattern"),
        ("import", "team must be no word of Python"),
        ("flights", "stacks/teams/flights.yaml: team must be new"),
    ],
)
def test_a_team_of_a_wrong_name_is_refused(root: Path, name: str, rule: str) -> None:
    before = tree(root)
    with pytest.raises(NewError) as told:
        team(root, name)
    assert rule in str(told.value)
    assert tree(root) == before


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"region": "europe"}, "--region must be like eu-central-1, got 'europe'"),
        ({"accounts": {"dev": "12"}}, "--account dev must match pattern"),
        ({"accounts": {"test": "111122223333"}}, "--account must be one of sandbox|dev|"),
    ],
)
def test_a_place_that_is_none_is_refused(root: Path, given: dict[str, Any], rule: str) -> None:
    with pytest.raises(NewError) as told:
        team(root, **given)
    assert rule in str(told.value)


def test_a_team_alone_leaves_every_stack_as_it_was(root: Path) -> None:
    team(root, region="eu-west-1", accounts={"dev": "111122223333"})
    layer = yaml.safe_load((root / "stacks" / "teams" / "demo.yaml").read_text())
    assert layer["region"] == "eu-west-1"
    assert layer["accounts"] == {"dev": "111122223333"}
    assert not list((root / "stacks").glob("Pulumi.demo-*"))


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"of": "dem"}, "team must be one of ['demo', 'flights"),
        ({"name": "flights"}, "pipelines/flights: use case must be new"),
        ({"name": "class"}, "use case must be no word of Python"),
        ({"name": "shared"}, "use case must be no word of Python or of pipelines/"),
        ({"name": "abcdefghijklmnopqrstu"}, "use case must match pattern"),
        ({"objective": "short"}, "--objective must be right"),
        ({"label": "is it late"}, "--label must be right"),
        ({"label": "amount"}, "--label must be none of the example's columns"),
        ({"owner": "a;b"}, "--owner must be right"),
        ({"sources": ["s3://Bad_Bucket"]}, "--source must be right"),
        ({"identifier": "x"}, "must be columns of a source that is a file"),
    ],
)
def test_a_use_case_that_breaks_a_rule_is_refused_and_nothing_is_written(
    root: Path, given: dict[str, Any], rule: str
) -> None:
    team(root)
    before = tree(root)
    with pytest.raises(NewError) as told:
        use_case(root, **given)
    assert rule in str(told.value)
    assert tree(root) == before


def test_settings_that_the_loaders_refuse_leave_nothing_behind(root: Path) -> None:
    team(root)
    layer = root / "stacks" / "teams" / "demo.yaml"
    layer.write_text(layer.read_text() + "log_retention_days: 2\n")
    before = tree(root)
    with pytest.raises(StackFileError, match="log_retention_days"):
        use_case(root)
    assert tree(root) == before


def test_code_that_does_not_load_leaves_nothing_behind(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team(root)
    before = tree(root)
    real = files.of_use_case

    def broken(*given: Any) -> dict[str, str]:
        return real(*given) | {"pipelines/churn/features.py": "import nothing_of_this_name\n"}

    monkeypatch.setattr(files, "of_use_case", broken)
    with pytest.raises(NewError, match="pipelines/churn: must load, got ModuleNotFoundError"):
        use_case(root)
    assert tree(root) == before


def test_a_file_that_cannot_be_moved_takes_the_others_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team(root)
    before = tree(root)
    real = Path.replace

    def fails(path: Path, target: Path) -> Path:
        if path.name == "test_loop.py":
            raise OSError(28, "No space left on device", str(target))
        return real(path, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(NewError, match="No space left on device"):
        use_case(root)
    monkeypatch.undo()
    assert tree(root) == before


def test_both_in_sequence_make_four_valid_stacks_that_record_what_they_are_for(root: Path) -> None:
    team(root)
    use_case(root, sources=["s3://customers-raw/daily"])
    for environment in ENVIRONMENTS:
        charter = load(f"demo-{environment}", root).config.use_cases["churn"].charter
        assert charter is not None
        assert charter.objective == GIVEN["objective"]
        assert (charter.problem, charter.label) == ("binary", "churned")
        assert charter.owner == "demo@example.com"
        assert charter.sources == {"daily": "s3://customers-raw/daily"}


def test_a_second_use_case_is_added_to_what_people_wrote(root: Path) -> None:
    team(root)
    use_case(root)
    path = root / "stacks" / "Pulumi.demo-dev.yaml"
    path.write_text(path.read_text() + "        # a note of ours\n")
    use_case(root, "returns", label="returned")
    config = load("demo-dev", root).config
    assert list(config.use_cases) == ["churn", "returns"]
    assert "# a note of ours" in path.read_text()
    waived = {one.resource for one in config.policy.waivers}
    assert {"churn-serving-*", "returns-serving-*"} <= waived


def test_a_use_case_joins_a_team_whose_files_people_wrote(root: Path) -> None:
    before = (root / "stacks" / "Pulumi.flights-prod.yaml").read_text()
    use_case(root, of="flights", label="cancelled", name="cancellations")
    assert set(load("flights-prod", root).config.use_cases) == {"flights", "cancellations"}
    after = (root / "stacks" / "Pulumi.flights-prod.yaml").read_text().splitlines()
    assert [line for line in before.splitlines() if line not in after] == []


def test_a_region_of_its_own_brings_its_zones(root: Path) -> None:
    team(root, region="eu-central-1")
    use_case(root)
    prod, sandbox = load("demo-prod", root).config, load("demo-sandbox", root).config
    assert prod.region == sandbox.region == "eu-central-1"
    assert prod.network.vpc is not None
    assert set(prod.network.vpc.zones) == {"eu-central-1a", "eu-central-1b", "eu-central-1c"}
    assert sandbox.network.vpc is None


def orders(root: Path, **columns: Any) -> str:
    count = 60
    table = {
        "order": [f"o{n}" for n in range(count)],
        "at": pd.date_range("2026-01-01", periods=count, freq="h").astype(str),
        "weight": [n % 17 + n / 100 for n in range(count)],
        "country": ["DE", "FR"] * (count // 2),
        "state": ["late", "fine", "slow"] * (count // 3),
    }
    path = root / "orders.csv"
    pd.DataFrame(table | columns).drop(
        columns=[name for name, one in columns.items() if one is None]
    ).to_csv(path, index=False)
    return str(path)


def test_a_sources_columns_become_the_declared_ones(root: Path) -> None:
    team(root)
    use_case(root, label="state", problem="multiclass", sources=[orders(root)])
    schema = (root / "pipelines" / "churn" / "schema.py").read_text()
    for line in (
        '"order": Column("identifier")',
        '"at": Column("time")',
        '"country": Column("category", values=("DE", "FR"))',
        '"weight": Column("number", low=0,',
        '"fine",',
    ):
        assert line in schema
    charter = load("demo-dev", root).config.use_cases["churn"].charter
    assert charter is not None
    assert charter.sources == {"orders": "orders.csv"}


@pytest.mark.parametrize(
    ("columns", "given", "rule"),
    [
        ({}, {"label": "status"}, "label must be a column, got 'status'; close to it: state"),
        ({"order": None}, {}, "--identifier must tell which column names each row"),
        ({"at": None}, {}, "--time must tell which column is the moment"),
        ({}, {"time": "when"}, "--time must be a column, got 'when'"),
        ({"is late": 1}, {}, "column 'is late' must be letters, digits and _"),
        ({}, {"problem": "binary"}, "state must have 2 different values for binary, got 3"),
        ({}, {"problem": "regression"}, "must hold numbers for regression"),
        ({"state": "fine"}, {}, "state must have 2-100 different values for multiclass, got 1"),
        ({"weight": None, "country": None}, {}, "must hold a number or a category, got none"),
    ],
)
def test_a_source_that_is_no_labelled_table_is_refused_with_file_and_rule(
    root: Path, columns: dict[str, Any], given: dict[str, Any], rule: str
) -> None:
    team(root)
    with pytest.raises(ValueError, match=r"orders\.csv|state") as told:
        use_case(
            root,
            **{
                "label": "state",
                "problem": "multiclass",
                "sources": [orders(root, **columns)],
                **given,
            },
        )
    assert rule in str(told.value)


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_what_is_written_is_as_ruff_wants_it(root: Path, problem: str) -> None:
    team(root)
    objective = 'Tell "which" of <them> leave & why, ' + "before it is too late for us, " * 11
    use_case(root, name="abcdefghijklmnopqrst", problem=problem, objective=objective.strip())
    made = ["pipelines/abcdefghijklmnopqrst", "tests/use_cases"]
    for command in (["format", "--check"], ["check", "--no-cache"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *made],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("text", "path", "wanted"),
    [
        ("a: 1\n", ("b",), "a: 1\nb:\n  new: 2\n"),
        ("b:\n    c: 1  # why\n\nd: 2\n", ("b",), "b:\n    c: 1  # why\n    new: 2\nd: 2\n"),
        ("b:\n  c:\n    - x\nd: 2\n", ("b", "e"), "b:\n  c:\n    - x\n  e:\n    new: 2\nd: 2\n"),
        ("# only words\na: 1", ("a",), None),
        ("a: {c: 1}\n", ("a",), None),
    ],
)
def test_a_block_is_added_where_it_belongs(
    text: str, path: tuple[str, ...], wanted: str | None
) -> None:
    if wanted is None:
        with pytest.raises(NewError, match="must be a mapping or a list of lines"):
            appended(text, path, "new: 2")
    else:
        assert appended(text, path, "new: 2") == wanted


class Terminal:
    """A person who answers in turn."""

    def __init__(self, answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), list[str]()

    def prompt(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0)


def test_what_is_missing_is_asked_at_a_terminal(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Terminal(["demo@example.com"])
    monkeypatch.setattr(new, "ROOT", root)
    monkeypatch.setattr(new, "_person", lambda: True)
    monkeypatch.setattr("typer.prompt", person.prompt)
    shown = CliRunner().invoke(app, ["new", "team", "demo"])
    assert shown.exit_code == 0, shown.output
    assert person.asked == ["Who answers for the team (a mail address)"]
    assert "stacks/teams/demo.yaml" in shown.output


def test_what_is_missing_is_named_where_nobody_can_be_asked(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new, "ROOT", root)
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["new", "use-case", "flights", "churn"])
    assert shown.exit_code == 2
    assert "--objective must be given where nobody can be asked" in shown.output
