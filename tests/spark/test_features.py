"""Spark's features equal the single machine's on real flights, however the input lies."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from infra.demo.year import Year
from infra.emulator.server import Emulator
from pipelines.flights import schema
from pipelines.flights.steps import features_engineer, features_transform, features_validate
from pipelines.shared.steps import features_ingest, tables
from tests.spark.environment import PYTHON, environment, needs_spark

pytestmark = [pytest.mark.spark, needs_spark]

MONTH = "2013-11"
"""Its weather has an hour twice, for clocks were set back."""
PIECE_BYTES = 300_000
KINDS: dict[str, Any] = {str(group["name"]): group["features"] for group in schema.FEATURE_GROUPS}
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Case:
    """A batch, the one before, and how the batch's files lie in S3."""

    current: Files
    previous: Files = field(default_factory=dict)
    parts: int = 1
    """Files that each table of this month is cut into."""
    piece_bytes: int = PIECE_BYTES


def frame(body: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(body), dtype=str)


def csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def days(files: Files, wanted: range) -> dict[str, bytes]:
    flights, weather = frame(files["flights.csv"]), frame(files["weather.csv"])
    return {
        "flights.csv": csv(flights[flights["sched_dep"].str[8:10].astype(int).isin(wanted)]),
        "weather.csv": csv(weather[weather["day"].astype(int).isin(wanted)]),
        "planes.csv": files["planes.csv"],
    }


def altered(files: Files) -> dict[str, bytes]:
    """Return files that lack some planes and know others otherwise."""
    planes = frame(files["planes.csv"]).iloc[:-100]
    planes.loc[planes.index[::20], "seats"] = "3"
    return {**files, "planes.csv": csv(planes)}


def shuffled(files: Files) -> dict[str, bytes]:
    return {name: csv(frame(body).sample(frac=1, random_state=7)) for name, body in files.items()}


def soiled(files: Files) -> dict[str, bytes]:
    """Return files with all that the rules bear: hidden doubles, gaps, some wrong values."""
    flights, weather, planes = (
        frame(files[f"{name}.csv"]) for name in ("flights", "weather", "planes")
    )
    flights.loc[flights.index[::7], "tailnum"] = None
    flights.loc[flights.index[::11], "carrier"] = flights["carrier"].str.lower() + " "
    flights.loc[flights.index[3:1000:40], "distance"] = "99999"
    flights.loc[flights.index[5:2000:50], "arr_delay"] = None
    flights.loc[flights.index[8:900:60], "dest"] = '"quoted, with a comma"'
    again = flights.iloc[100:400:3].copy()
    again["flight_id"] = " " + again["flight_id"]
    again["sched_dep"] = again["sched_dep"].str[:8] + "20" + again["sched_dep"].str[10:]
    weather.loc[weather.index[::300], "temp"] = "500"
    weather.loc[weather.index[9::400], "hour"] = "24"
    changed = planes.iloc[::50].assign(seats="17")
    doubled = planes.iloc[10:20].assign(tailnum=lambda table: table["tailnum"] + " ", year="1999")
    return {
        "flights.csv": csv(pd.concat([flights, again])),
        "weather.csv": csv(weather),
        "planes.csv": csv(pd.concat([planes.drop(changed.index), changed, doubled])),
    }


def broken(files: Files) -> dict[str, bytes]:
    flights, weather = frame(files["flights.csv"]), frame(files["weather.csv"])
    flights.loc[flights.index[::50], "distance"] = "-5"
    flights.loc[flights.index[40:45], "sched_dep"] = "2013-10-31T10:00:00"
    weather.loc[weather.index[50:60], "temp"] = "mild"
    return {
        "flights.csv": csv(pd.concat([flights, flights.iloc[2000:2005]])),
        "weather.csv": csv(weather.drop(columns="humid").assign(visib=None)),
    }


def cases() -> dict[str, Case]:
    year = Year()
    november = days(year.month(11).files, range(1, 6))
    october = altered(days(year.month(10).files, range(30, 32)))
    return {
        "a month after another": Case(november, october),
        "the first month": Case(november, piece_bytes=1 << 30),
        "many files, one of them empty": Case(november, october, parts=3),
        "rows in another order": Case(shuffled(november), shuffled(october), parts=2),
        "bad rows": Case(soiled(november), october, piece_bytes=150_000),
        "broken rules": Case(broken(november), october),
        "no rows": Case({**november, "flights.csv": november["flights.csv"].split(b"\n")[0]}),
    }


def laid(case: Case) -> dict[str, bytes]:
    """Return the case's objects by key below its bucket's root."""
    objects = {f"before/{name}": body for name, body in case.previous.items()}
    for name, body in case.current.items():
        if case.parts == 1:
            objects[f"now/{name}"] = body
            continue
        header, *rows = body.splitlines(keepends=True)
        size = -(-len(rows) // case.parts)
        folder = f"now/{name.removesuffix('.csv')}"
        for part in range(case.parts + 1):  # the last has no rows
            lines = rows[part * size : (part + 1) * size]
            objects[f"{folder}/part-{part}.csv"] = header + b"".join(lines)
    return objects


@pytest.fixture(scope="module")
def known() -> dict[str, Case]:
    return cases()


@pytest.fixture(scope="module")
def spark(known: dict[str, Case], tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("spark")
    asked = {}
    with Emulator(parts=("credentials",)) as emulator:
        s3 = emulator.context.client("s3", "us-east-1")
        for number, (name, case) in enumerate(known.items()):
            s3.create_bucket(Bucket=f"raw-{number}")
            for key, body in laid(case).items():
                s3.put_object(Bucket=f"raw-{number}", Key=key, Body=body)
            asked[name] = {
                "bucket": f"raw-{number}",
                "prefix": "now/",
                "previous": "before/",
                "month": MONTH,
                "ingested": {},
                "piece_bytes": case.piece_bytes,
            }
        (folder / "cases.json").write_text(json.dumps(asked))
        done = subprocess.run(
            [PYTHON, "-m", "tests.spark.side", folder / "cases.json", folder / "answers.json"],
            env=environment(emulator.endpoint_url),
            stderr=subprocess.PIPE,
            text=True,
            timeout=900,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads((folder / "answers.json").read_text())


def alone(case: Case, folder: Path) -> dict[str, Any]:
    """Return what the steps make of a case on a single machine."""
    for name, body in case.current.items():
        (folder / name).write_bytes(body)
    for name, body in case.previous.items():
        (folder / f"previous_{name}").write_bytes(body)
    batch = {"month": MONTH, "sha256": {"flights.csv": "new"}, "ingested": {}}
    tables.write_json(folder / "batch.json", batch)
    if violations := features_validate.check(folder):
        return {"violations": [[one.rule, one.detail] for one in violations]}
    for step in (features_transform, features_engineer):
        step.main(["--input", str(folder), "--output", str(folder)])
    return {"records": {group: plain(group, tables.read(folder, group)) for group in KINDS}}


def plain(group: str, table: pd.DataFrame) -> dict[str, Any]:
    rows = features_ingest.as_records(table, KINDS[group])
    kinds = {
        str(name): "text" if pd.api.types.is_string_dtype(table[name]) else str(table[name].dtype)
        for name in table
    }
    return {"kinds": kinds, "rows": sorted(json.dumps(row) for row in rows)}


SOUND = [
    "a month after another",
    "the first month",
    "many files, one of them empty",
    "rows in another order",
    "bad rows",
]


@pytest.mark.parametrize("name", SOUND)
def test_the_records_of_both_are_the_same(
    name: str, known: dict[str, Case], spark: dict[str, Any], tmp_path: Path
) -> None:
    expected = alone(known[name], tmp_path)
    for group, records in expected["records"].items():
        assert len(records["rows"]) >= 100, group
        found = spark[name]["records"][group]
        assert found["kinds"] == records["kinds"], group
        assert found["rows"] == records["rows"], group
    assert set(spark[name]["records"]) == set(expected["records"])


@pytest.mark.parametrize("name", ["broken rules", "no rows"])
def test_a_broken_batch_breaks_the_same_rules_in_the_same_words(
    name: str, known: dict[str, Case], spark: dict[str, Any], tmp_path: Path
) -> None:
    expected = alone(known[name], tmp_path)
    assert spark[name] == expected
    assert len(expected["violations"]) > 1 or name == "no rows"


def test_how_the_input_lies_changes_no_record(spark: dict[str, Any]) -> None:
    whole = spark["a month after another"]
    assert spark["many files, one of them empty"] == whole


def test_bad_rows_make_other_records(spark: dict[str, Any]) -> None:
    assert spark["bad rows"] != spark["a month after another"]
