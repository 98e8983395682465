import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.demo.report import write
from infra.demo.scripts import FLIGHTS
from infra.demo.story import Happening, Month, Story, Version

WHEN = datetime(2013, 4, 1, 6, tzinfo=UTC)


@pytest.fixture
def story() -> Story:
    return Story(
        words=FLIGHTS.words,
        stack="flights-sandbox",
        commit="abc1234",
        months=[
            Month(
                month="2013-03",
                rows=28_834,
                labelled=27_902,
                version="1",
                reached=0.71,
                frozen=0.70,
                drift={"temp": 3.7, "hour": 0.0},
                prediction_drift=None,
                decision="retrain: drift",
            )
        ],
        happenings=[
            Happening(
                when=WHEN,
                lane="decision",
                what="refuse: cool_down",
                good=False,
                detail="<b>last</b> training 2 h ago",
            ),
            Happening(when=WHEN, lane="pipeline", what="training failed", good=False, detail=""),
        ],
        versions=[
            Version(
                number=1,
                arn="arn:aws:sagemaker:us-east-1:123456789012:model-package/flights/1",
                registered=WHEN,
                status="Approved",
                metadata={"auc": "0.65", "champion_auc": "none", "rows": "49984"},
                reason="no_model",
            )
        ],
        lineage=[("raw data and labels", ["raw/flights/batch=2013-01/flights.csv (flights)"])],
        associations=[("train", "ContributedTo", "job")],
        live="v1",
        seconds=12.0,
        peak_gib=1.5,
        resources=128,
        alarms={},
    )


def test_the_page_is_whole_and_needs_no_network(story: Story, tmp_path: Path) -> None:
    write(story, tmp_path / "out" / "report.html", threshold=0.25)
    page = (tmp_path / "out" / "report.html").read_text()
    for expected in ("2013-03", "28,834", "refuse: cool_down", "v1", "batch=2013-01"):
        assert expected in page
    assert 'src="http' not in page
    assert "<link" not in page


def test_reasons_are_shown_as_text_never_as_markup(story: Story, tmp_path: Path) -> None:
    write(story, tmp_path / "report.html", threshold=0.25)
    assert "&lt;b&gt;last&lt;/b&gt; training" in (tmp_path / "report.html").read_text()


def test_the_facts_stand_beside_the_page(story: Story, tmp_path: Path) -> None:
    write(story, tmp_path / "report.html", threshold=0.25)
    facts = json.loads((tmp_path / "report.json").read_text())
    assert facts["months"][0]["reached"] == 0.71
    assert story.gain == pytest.approx(0.01)
