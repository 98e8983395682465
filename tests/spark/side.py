"""Spark's side of the comparison; runs in an environment of its own.

    python side.py CASES.json ANSWERS.json

Answers for each case its violations, or the records of each feature group with their types.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.flights import schema
from pipelines.flights.steps import features_spark
from pipelines.flights.steps.rules import TABLES
from pipelines.shared.steps import features_extract, features_ingest

KINDS: dict[str, Any] = {str(group["name"]): group["features"] for group in schema.FEATURE_GROUPS}


def answer(context: Any, case: dict[str, Any]) -> dict[str, Any]:
    """Return what Spark makes of one case."""
    batch = {
        "month": case["month"],
        "ingested": case["ingested"],
        **features_extract.listed(case["bucket"], list(TABLES), case["prefix"], case["previous"]),
    }
    raw = features_spark.Raw.of(context, batch, case["piece_bytes"])
    violations = features_spark.check(raw, batch)
    if violations:
        return {"violations": [[one.rule, one.detail] for one in violations]}
    records = features_spark.engineered(raw, pd.Timestamp(case["month"]))
    tables: dict[str, list[pd.DataFrame]] = {}
    for group, table in records.collect():
        tables.setdefault(group, []).append(table)
    return {"records": {group: plain(group, pd.concat(of)) for group, of in tables.items()}}


def plain(group: str, table: pd.DataFrame) -> dict[str, Any]:
    """Return a table as Feature Store takes it, in any order, and what kind its columns are of."""
    rows = features_ingest.as_records(table, KINDS[group])
    kinds = {str(name): kind(table[name]) for name in table}
    return {"kinds": kinds, "rows": sorted(json.dumps(row) for row in rows)}


def kind(values: "pd.Series[Any]") -> str:
    """Return ``text``, ``int64`` or ``float64``; pandas 3 has a type of its own for text."""
    return "text" if pd.api.types.is_string_dtype(values) else str(values.dtype)


def main(cases: str, answers: str) -> None:
    """Answer all cases on one cluster."""
    context = features_spark.cluster()
    asked = json.loads(Path(cases).read_text())
    found = {name: answer(context, case) for name, case in asked.items()}
    context.stop()
    Path(answers).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
