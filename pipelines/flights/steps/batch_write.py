"""Write: check that every flight has its prediction, and keep the day's as one Parquet file."""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.flights import schema
from pipelines.shared.steps import lineage, metrics, storage, tables

NAMED = 5
"""Flights that an error names."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--now", required=True, help="start of the execution, ISO 8601")
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--requests-uri", required=True, help="what was asked")
    parser.add_argument("--model-name", required=True, help="made for this execution; deleted")
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "report")
    given = parser.parse_args(argv)
    now = tables.timestamp(given.now)
    facts = tables.read_json(given.input / "facts" / "facts.json")
    rows = tables.read(given.input / "facts", "rows")
    answers = answered(given.input / "answers")
    if faults := problems(rows, answers):
        tables.refuse("; ".join(faults))
    table = predictions(rows, answers, facts, now)
    folder = f"predictions/{schema.USE_CASE}/date={facts['date']}"
    # One name for each day: a day that is scored again replaces its predictions.
    storage.client("s3").put_object(
        Bucket=given.artifacts_bucket, Key=f"{folder}/predictions.parquet", Body=parquet(table)
    )
    uri = f"s3://{given.artifacts_bucket}/{folder}"
    lineage.contributed(
        {
            given.requests_uri: lineage.DATA_SET,
            facts["model_package"]: lineage.MODEL_PACKAGE,
        },
        {uri: lineage.DATA_SET},
    )
    metrics.publish(
        [metrics.Metric("BatchPredictions", len(table), unit="Count")],
        namespace=given.namespace,
        stack=given.stack,
        use_case=given.use_case,
        when=now,
    )
    tables.write_json(given.output / "report.json", {**facts, "predictions": uri})
    storage.client("sagemaker").delete_model(ModelName=given.model_name)
    tables.say(f"{len(table)} predictions of version {facts['model_version']}: {uri}/")


def answered(folder: Path) -> pd.DataFrame:
    """Return what the model answered, as text: ``flight_id`` and ``probability``."""
    columns = ["flight_id", "probability"]
    parts = [
        pd.read_csv(path, header=None, names=columns, dtype=str, keep_default_na=False)
        for path in sorted(folder.rglob("*.out"))
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def problems(rows: pd.DataFrame, answers: pd.DataFrame) -> list[str]:
    """Return what keeps the answers from being one for each flight."""
    asked, got = set(rows["flight_id"]), set(answers["flight_id"])
    faults = []
    if len(answers) != len(rows):
        faults.append(f"answers must be as many as the {len(rows)} flights, got {len(answers)}")
    if lost := sorted(asked - got):
        faults.append(f"flights must all be answered, got none for {_some(lost)}")
    if strange := sorted(got - asked):
        faults.append(f"answers must be of flights that were asked for, got {_some(strange)}")
    share = pd.to_numeric(answers["probability"], errors="coerce")
    if not share.between(0, 1).all():
        wrong = answers["probability"][~share.between(0, 1)].iloc[0]
        faults.append(f"probability must be a number from 0 to 1, got {wrong!r}")
    return faults


def predictions(
    rows: pd.DataFrame, answers: pd.DataFrame, facts: dict[str, Any], now: pd.Timestamp
) -> pd.DataFrame:
    """Return the table that is kept: its columns are ``schema.PREDICTIONS``."""
    share = answers.set_index("flight_id")["probability"].astype("float64")
    table = rows.assign(
        probability=rows["flight_id"].map(share),
        model_version=int(facts["model_version"]),
        model_package=facts["model_package"],
        scored_at=now,
    )
    return table[list(schema.PREDICTIONS)]


def parquet(table: pd.DataFrame) -> bytes:
    """Return a table as Parquet; times in milliseconds, which every reader of S3 understands."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False, coerce_timestamps="ms", allow_truncated_timestamps=True)
    return buffer.getvalue()


def _some(flights: Sequence[str]) -> str:
    more = f" and {len(flights) - NAMED} more" if len(flights) > NAMED else ""
    return ", ".join(map(repr, flights[:NAMED])) + more


if __name__ == "__main__":
    main()
