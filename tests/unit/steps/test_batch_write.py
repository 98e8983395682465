"""A day's predictions: one for each flight that was asked about, or none are kept."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from pipelines.flights import schema
from pipelines.flights.steps import batch_extract, batch_write

DAY = pd.Timestamp("2013-01-12")
FACTS = {"model_version": 3, "model_package": "arn:late/3"}


def rows(*names: str) -> pd.DataFrame:
    times = pd.date_range(DAY, periods=len(names), freq="h")
    return pd.DataFrame({"flight_id": names, "sched_dep": times, "feature_time": times})


def answers(folder: Path, *texts: str) -> pd.DataFrame:
    for number, text in enumerate(texts):
        (folder / f"part-{number}.csv.out").write_text(text)
    return batch_write.answered(folder)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a,0.5\n", "answers must be as many as the 2 flights, got 1"),
        ("a,0.5\n", "flights must all be answered, got none for 'b'"),
        ("a,0.5\na,0.5\n", "flights must all be answered, got none for 'b'"),
        ("a,0.5\nb,0.1\na,0.5\n", "answers must be as many as the 2 flights, got 3"),
        ("a,0.5\nc,0.5\n", "answers must be of flights that were asked for, got 'c'"),
        ("a,0.5\nb,1.5\n", "probability must be a number from 0 to 1, got '1.5'"),
        ("a,0.5\nb,\n", "probability must be a number from 0 to 1, got ''"),
        ("a,0.5\nb,late\n", "probability must be a number from 0 to 1, got 'late'"),
    ],
)
def test_what_is_not_one_answer_for_each_flight_is_told(
    tmp_path: Path, text: str, fault: str
) -> None:
    assert fault in batch_write.problems(rows("a", "b"), answers(tmp_path, text))


def test_a_job_that_answered_nothing_lost_every_flight(tmp_path: Path) -> None:
    many = rows(*(f"f{number}" for number in range(8)))
    assert batch_write.problems(many, answers(tmp_path)) == [
        "answers must be as many as the 8 flights, got 0",
        "flights must all be answered, got none for 'f0', 'f1', 'f2', 'f3', 'f4' and 3 more",
    ]


def test_answers_of_several_files_find_their_flights_in_any_order(tmp_path: Path) -> None:
    asked, got = rows("a", "NA", "7"), answers(tmp_path, "7,0.7\n", "NA,0.2\na,0.1\n")
    assert batch_write.problems(asked, got) == []
    kept = batch_write.predictions(asked, got, FACTS, DAY)
    assert kept["probability"].tolist() == [0.1, 0.2, 0.7]
    assert list(kept.columns) == list(schema.PREDICTIONS)
    assert set(kept["model_version"]) == {3}


def test_what_is_kept_reads_back_with_times_in_milliseconds(tmp_path: Path) -> None:
    kept = batch_write.predictions(rows("a"), answers(tmp_path, "a,0.5\n"), FACTS, DAY)
    read = pd.read_parquet(io.BytesIO(batch_write.parquet(kept)))
    assert read["sched_dep"].dtype == "datetime64[ms]"
    assert read["scored_at"].tolist() == [DAY]


def test_requests_are_cut_into_even_files_without_losing_a_row(tmp_path: Path) -> None:
    asked = pd.DataFrame({"flight_id": list("abcdefg"), "temp": [1.0, None, *range(5)]})
    batch_extract.write(tmp_path, asked, 3)
    parts = [path.read_text().splitlines() for path in sorted(tmp_path.iterdir())]
    assert [len(part) for part in parts] == [2, 3, 2]
    assert [line for part in parts for line in part][:2] == ["a,1.0", "b,"]


def test_there_are_no_more_files_than_rows(tmp_path: Path) -> None:
    batch_extract.write(tmp_path, pd.DataFrame({"flight_id": ["a"]}), 4)
    assert [path.name for path in tmp_path.iterdir()] == ["part-00001.csv"]


def test_what_became_known_after_the_moment_is_left_out() -> None:
    records = pd.DataFrame({"key": ["a", "b"], "event_time": [DAY, DAY + pd.Timedelta(hours=1)]})
    assert batch_extract.known(records, DAY)["key"].tolist() == ["a"]
