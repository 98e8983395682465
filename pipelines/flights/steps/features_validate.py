"""Validate: check a batch against the rules; a broken one fails the step before ingestion."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from pipelines.flights.steps import rules, tables
from pipelines.flights.steps.metrics import Metric, publish


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    arguments(parser)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "batch")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "violations")
    given = parser.parse_args(argv)
    report(check(given.input), given)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what :func:`report` reads."""
    parser.add_argument("--now", required=True, help="start of the execution, ISO 8601")
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--use-case", required=True)


def report(violations: list[rules.Violation], given: argparse.Namespace) -> None:
    """Write the violations as a file, a metric and in the log; end the step if there are any."""
    tables.write_json(given.output / "violations.json", [asdict(one) for one in violations])
    publish(
        [Metric("DataQualityViolations", len(violations), unit="Count")],
        namespace=given.namespace,
        stack=given.stack,
        use_case=given.use_case,
        when=tables.timestamp(given.now),
    )
    for one in violations:
        tables.say(f"{one.rule}: {one.detail}")
    if violations:
        names = ", ".join(sorted({one.rule for one in violations}))
        tables.refuse(f"data check failed: {names}")
    tables.say("no rule is broken")


def check(folder: Path) -> list[rules.Violation]:
    """Return every rule that the batch in a folder breaks."""
    batch = tables.read_json(folder / "batch.json")
    raw = {name: load(folder / f"{name}.csv") for name in rules.TABLES}
    violations = [one for name, table in raw.items() for one in rules.check_table(name, table)]
    flights = raw["flights"]
    if flights is not None:
        violations += rules.check_flights(flights, batch["month"])
        sha256 = batch["sha256"]["flights.csv"]
        violations += rules.check_new(batch["month"], sha256, batch["ingested"])
    return violations


def load(path: Path) -> pd.DataFrame | None:
    """Read a raw table with every field as text; ``None`` where there is none."""
    if not path.exists():
        return None
    try:
        return pd.read_csv(path, dtype=str)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


if __name__ == "__main__":
    main()
