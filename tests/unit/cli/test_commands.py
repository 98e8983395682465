import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.emulator.server import Emulator

ROOT = Path(__file__).parents[3]


@pytest.fixture
def command() -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_help_says_that_real_environments_are_pulumis(command: CliRunner) -> None:
    shown = command.invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert "pulumi up --stack flights-dev" in shown.stdout.replace("\n", " ")


def test_help_is_shown_without_loading_what_only_work_needs() -> None:
    code = (
        "import sys; from infra.cli.main import app; app(['--help'], standalone_mode=False);"
        "heavy = {'pulumi_aws', 'moto', 'pandas', 'xgboost', 'sagemaker'} & sys.modules.keys();"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_an_unknown_stack_is_refused_with_those_that_are_close(command: CliRunner) -> None:
    shown = command.invoke(app, ["up", "-s", "flights-sandbx"])
    assert shown.exit_code == 1
    assert "flights-sandbox" in shown.stdout


@pytest.mark.parametrize("arguments", [["down"], ["down", "--all", "-s", "flights-sandbox"]])
def test_down_wants_a_stack_or_all_and_not_both(command: CliRunner, arguments: list[str]) -> None:
    shown = command.invoke(app, arguments)
    assert shown.exit_code == 2
    assert "give a stack with -s STACK, or --all" in shown.output


def test_status_shows_the_clock_and_that_nothing_stands(
    command: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Emulator(parts=("credentials", "admin")) as emulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
        shown = command.invoke(app, ["status"])
    assert shown.exit_code == 0
    assert emulator.endpoint_url in shown.stdout
    assert "none" in shown.stdout


def test_an_endpoint_that_does_not_answer_is_named(
    command: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    shown = command.invoke(app, ["status"])
    assert shown.exit_code == 1
    assert "http://127.0.0.1:9" in shown.stdout
