from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.config import app
from stacks.layers import load
from stacks.names import stacks

RUN = CliRunner()
STACKS = Path(__file__).parents[3] / "stacks"


def place(file: str, text: str) -> str:
    """Return where a line of a stack file begins with that text."""
    lines = (STACKS / file).read_text().splitlines()
    return f"{file}:{next(n for n, line in enumerate(lines, 1) if line.strip().startswith(text))}"


def test_explain_shows_each_value_with_the_file_that_set_it() -> None:
    shown = RUN.invoke(app, ["explain", "-s", "flights-prod"], env={"COLUMNS": "120"})
    assert shown.exit_code == 0
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["approval", "manual", place("environments/prod.yaml", "approval:")] in lines
    assert ["owner", "flights@example.com", place("teams/flights.yaml", "owner:")] in lines
    assert ["type", "github", place("Pulumi.flights-prod.yaml", "source:")] in lines
    assert ["prediction_threshold", "0.25", "default"] in lines


def test_a_terminal_of_80_columns_shows_the_values_beside_the_longest_keys() -> None:
    shown = RUN.invoke(app, ["explain", "-s", "flights-sandbox"], env={"COLUMNS": "80"})
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["region", "us-east-1", place("environments/sandbox.yaml", "region:")] in lines
    assert ["deletion_protection", "false", place("environments/sandbox.yaml", "deletion")] in lines


def test_explain_of_one_key_shows_what_lies_below_it() -> None:
    shown = RUN.invoke(app, ["explain", "-s", "flights-prod", "use_cases.flights.drift", "--json"])
    settings = json.loads(shown.stdout)
    assert set(settings) == {
        f"use_cases.flights.drift.{key}"
        for key in ("schedule", "feature_threshold", "prediction_threshold", "drop_threshold")
    }
    assert settings["use_cases.flights.drift.schedule"] == {
        "value": "cron(0 6 1 * ? *)",
        "from": f"stacks/{place('teams/flights.yaml', 'schedule:')}",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-s", "flights-prd"], "close to it: flights-prod"),
        (["-s", "flights-prod", "use_cases.flights.drfit"], "close to it: use_cases.flights.drift"),
    ],
)
def test_a_misspelt_stack_or_key_gets_what_is_close(arguments: list[str], message: str) -> None:
    shown = RUN.invoke(app, ["explain", *arguments])
    assert shown.exit_code == 2
    assert message in shown.stderr


def test_schema_prints_the_schema_of_stack_files() -> None:
    shown = RUN.invoke(app, ["schema"])
    assert json.loads(shown.stdout)["title"] == "A stack of the MLOps loop"


@pytest.mark.parametrize("stack", stacks())
def test_explain_tells_every_setting_of_every_stack(stack: str) -> None:
    shown = RUN.invoke(app, ["explain", "-s", stack, "--json"])
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout).keys() == load(stack).values.keys()
