"""``mlops graph``: a file, or a word on why there is none."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pulumi_aws as aws
import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from tests.engine.changing import Storage
from tests.plan.support import snapshot


def small() -> None:
    Storage("raw")
    aws.sqs.Queue("letters")


@pytest.fixture(autouse=True)
def _evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command evaluate a small program in place of a whole stack."""
    monkeypatch.setattr("infra.plan.evaluate.evaluate_stack", lambda *_, **__: None)
    monkeypatch.setattr("infra.plan.describe.describe", lambda _: snapshot(small))


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ((), {"raw", "stack"}),
        (("--component", "raw"), {"raw-data", "raw-policy"}),
        (("--component", "stack"), {"letters"}),
        (("--loop",), set()),
    ],
)
def test_a_picture_is_written(tmp_path: Path, arguments: tuple[str, ...], shown: set[str]) -> None:
    out = tmp_path / "new" / "p.svg"
    done = CliRunner().invoke(app, ["graph", "-s", "flights-dev", "-o", str(out), *arguments])
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(out)
    root = ET.fromstring(out.read_text())  # noqa: S314 - drawn above
    assert shown <= {one.text for one in root.iter() if one.tag.endswith("text")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--component", "raww"), "close to it: raw"),
        (("--component", "letters"), "component must be one of ['raw', 'stack']"),
        (("--component", "raw", "--loop"), "not both"),
        (("-o", "p.bmp"), "--out must end in one of"),
    ],
)
def test_wrong_use_says_what_is_right(arguments: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(
        app, ["graph", "-s", "flights-dev", *arguments], env={"COLUMNS": "200"}
    )
    assert done.exit_code == 2
    assert said in done.stderr


def test_an_unknown_stack_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    done = CliRunner().invoke(app, ["graph", "-s", "flights-dve"])
    assert done.exit_code == 2
    assert "flights-dev" in done.stderr
