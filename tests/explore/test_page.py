import json
import re
from html.parser import HTMLParser
from pathlib import Path

import boto3
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.emulator.server import Emulator
from infra.explore.analysis import analyse
from infra.explore.page import page
from infra.explore.places import files, s3_system


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "amount": rng.gamma(2.0, 20.0, 1_500),
            "other": rng.normal(size=1_500),
            "city": rng.choice(["<b>Rome</b>", "Oslo"], 1_500),
            "when": pd.date_range("2026-01-01", periods=1_500, freq="h"),
            "y": rng.integers(0, 2, 1_500),
        }
    )
    frame.to_csv(tmp_path / "data.csv", index=False)
    return tmp_path / "data.csv"


class Reader(HTMLParser):
    """Collects what a browser would follow, and whether tags are closed."""

    VOID = frozenset({"meta", "br", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.drawings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "svg":
            self.drawings.append(str(given.get("aria-label")))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_loads_nothing_and_its_links_lead_within_it(data: Path) -> None:
    text = page(analyse(files(str(data)), label="y"), title="data")
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert not re.search(r"https?://|src=|@import|<script|<link", text)
    assert {link.removeprefix("#") for link in reader.links} <= reader.ids
    assert "Histogram of amount" in reader.drawings
    assert "Label by amount" in reader.drawings


def test_what_data_holds_is_shown_as_text_not_as_markup(data: Path) -> None:
    text = page(analyse(files(str(data))), title="<i>data</i>")
    assert "<b>Rome</b>" not in text
    assert "&lt;b&gt;Rome&lt;/b&gt;" in text
    assert "<i>data" not in text


def test_the_command_writes_the_page_and_prints_facts_for_programs(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out" / "page.html"
    shown = CliRunner().invoke(
        app, ["explore", str(data), "--label", "y", "--page", str(out), "--json"]
    )
    assert shown.exit_code == 0, shown.output
    (facts,) = json.loads(shown.stdout)
    assert facts["rows"] == 1_500
    assert facts["label"]["problem"] == "binary"
    assert {"severity", "column", "what", "rule"} == facts["findings"][0].keys()
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    "arguments", [[], ["data.csv", "-s", "flights-sandbox", "--use-case", "flights"], ["-s", "x"]]
)
def test_sources_or_a_use_case_are_wanted_and_not_both(arguments: list[str]) -> None:
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["explore", *arguments])
    assert shown.exit_code == 2
    assert "give sources, or a use case" in shown.output


def test_a_use_case_that_the_stack_lacks_is_told() -> None:
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(
        app, ["explore", "-s", "flights-sandbox", "--use-case", "flight"]
    )
    assert shown.exit_code == 1
    assert "use case must be one of its own, got 'flight'; flights" in shown.output


def test_objects_are_read_from_s3(data: Path) -> None:
    with Emulator(parts=("credentials", "admin")) as emulator:
        session = boto3.Session(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator's
            region_name="us-east-1",
        )
        s3 = session.client("s3", endpoint_url=emulator.endpoint_url)
        s3.create_bucket(Bucket="raw")
        body = data.read_bytes()
        s3.put_object(Bucket="raw", Key="in/one.csv", Body=body)
        s3.put_object(Bucket="raw", Key="in/_SUCCESS", Body=b"")
        found = files("s3://raw/in", lambda: s3_system(session, emulator.endpoint_url))
        (table,) = analyse(found)
    assert [one.shown for one in found] == ["s3://raw/in/one.csv"]
    assert table.rows == 1_500
