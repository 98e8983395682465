"""The loop of the team vision: fed with images, traffic, labels and time, it closes by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.torch.environment import needs_torch

pytestmark = [pytest.mark.torch, needs_torch]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    report = tmp_path_factory.mktemp("demo") / "report.html"
    command = [sys.executable, "-m", "infra.cli.main", "demo", "digits", "--last-month", "5"]
    done = subprocess.run(
        [*command, "--report", str(report)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    story: dict[str, Any] = json.loads(report.with_suffix(".json").read_text())
    return {**story, "page": report.read_text()}


def happened(played: dict[str, Any], lane: str) -> list[dict[str, Any]]:
    return [one for one in played["happenings"] if one["lane"] == lane]


def test_as_long_as_images_are_what_they_were_nothing_is_retrained(played: dict[str, Any]) -> None:
    march = played["months"][0]
    assert (march["month"], march["version"]) == ("2025-03", "1")
    assert march["reached"] > 0.93
    assert max(march["drift"].values()) < 0.25
    assert march["decision"] == "refuse: new_data"


def test_another_camera_raises_drift_and_the_loop_retrains_on_its_images(
    played: dict[str, Any],
) -> None:
    march, april, _ = played["months"]
    assert april["version"] == "1"
    assert april["reached"] < march["reached"] - 0.1
    assert april["drift"]["brightness"] > 0.25
    assert april["decision"].startswith("retrain: drift")
    raised = {one["what"] for one in happened(played, "alarm") if not one["good"]}
    assert "vision-sandbox-digits-feature-drift-images ALARM" in raised
    assert "vision-sandbox-digits-accuracy-drop ALARM" in raised


def test_the_challenger_beats_the_champion_on_the_same_images_and_goes_live(
    played: dict[str, Any],
) -> None:
    _, april, may = played["months"]
    second = played["versions"][1]
    told = second["metadata"]
    assert second["status"] == "Approved"
    assert float(told["accuracy"]) > float(told["champion_accuracy"]) + 0.1
    assert told["champion_saw_holdout"] == "false"
    assert may["version"] == "2"
    assert may["reached"] > april["reached"] + 0.1
    assert may["reached"] > may["frozen"] + 0.1


def test_a_batch_of_blank_images_is_refused_and_nothing_is_trained_on_it(
    played: dict[str, Any],
) -> None:
    failed = [one for one in happened(played, "pipeline") if one["what"] == "features failed"]
    (broken,) = failed
    assert "images.blank" in broken["detail"]
    assert broken["when"].startswith("2025-06-01")
    ingested = dict(played["lineage"])["raw data and labels"]
    assert ingested


def test_lineage_leads_from_the_endpoint_to_the_images(played: dict[str, Any]) -> None:
    lineage = dict(played["lineage"])
    assert lineage["endpoint"] == ["vision-sandbox-digits"]
    assert any("raw/digits/batch=2025-04/images/part-0001.npz" in one for one in
               lineage["raw data and labels"])  # fmt: skip
    assert "vision-sandbox-digits-images" in " ".join(lineage["feature groups"])


def test_the_page_speaks_of_images_and_needs_nothing_from_elsewhere(
    played: dict[str, Any],
) -> None:
    assert "Images scored" in played["page"]
    assert 'src="http' not in played["page"]
