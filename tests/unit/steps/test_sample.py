"""The sample that a version is registered with, and that drift leaves out."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from pytest_mock import MockerFixture

from pipelines.flights import schema
from pipelines.flights.steps import drift_join
from pipelines.shared.serving import sample
from pipelines.shared.steps import storage
from pipelines.shared.steps.captured import captured


def test_a_request_comes_back_from_its_archive(tmp_path: Path) -> None:
    sample.write(tmp_path / "new", "f,1\n", "f,0.5\n")
    assert sample.read((tmp_path / "new" / sample.REQUEST).read_bytes()) == b"f,1\n"
    uri = f"s3://models/run/{sample.REQUEST}"
    assert sample.answer_uri(uri) == f"s3://models/run/{sample.ANSWER}"


@pytest.mark.parametrize(
    "answer", ["", "f,0.5", "f,0.501\ng,0.25", "h,0.5\ng,0.25", "f,0.5,1\ng,0.25", "f,nan\ng,0.25"]
)
def test_another_answer_is_told_from_the_expected(answer: str) -> None:
    assert not sample.same(answer, "f,0.5\ng,0.25")


def test_the_last_digit_of_a_number_may_differ() -> None:
    assert sample.same("f,0.500001\ng,0.25\n", "f,0.5\ng,0.25")


def test_drift_leaves_out_what_a_check_has_asked(mocker: MockerFixture) -> None:
    def line(flight: str, **more: object) -> str:
        asked = ",".join([flight, *("1" for _ in schema.MODEL_FEATURES)])
        data = {"endpointInput": {"data": asked}, "endpointOutput": {"data": f"{flight},0.5"}}
        metadata = {"inferenceTime": "2013-03-05T00:00:00Z", **more}
        return json.dumps({"captureData": data, "eventMetadata": metadata})

    lines = [line("f1"), line("sample-1", customAttributes=[sample.MARK])]
    mocker.patch.object(storage, "listing", return_value=["live/2013/03/05/00/a"])
    mocker.patch.object(storage, "fetch", return_value=["\n".join(lines).encode()])
    since, until = pd.Timestamp("2013-03-01"), pd.Timestamp("2013-04-01")
    found = drift_join.parse(captured("s3://traffic/live", since, until))
    assert found["flight_id"].tolist() == ["f1"]
