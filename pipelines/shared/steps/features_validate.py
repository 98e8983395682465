"""Validate: check a batch against the rules; a broken one fails the step before ingestion."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from pipelines.shared.steps import tables
from pipelines.shared.steps.metrics import Metric, publish
from pipelines.shared.steps.rules import Table, Violation, check_new

Check = Callable[[Path], Sequence[Violation]]
"""Returns the rules that the batch in a folder breaks."""


def run(argv: Sequence[str] | None, check: Check) -> None:
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


def report(violations: Sequence[Violation], given: argparse.Namespace) -> None:
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


def broken(folder: Path, rules: Mapping[str, Table]) -> list[Violation]:
    """Return every rule that the raw tables of a batch break; the first tells batches apart."""
    batch = tables.read_json(folder / "batch.json")
    raw = {name: load(folder / f"{name}.csv") for name in rules}
    violations = [one for name, rule in rules.items() for one in rule.check(raw[name])]
    first, main = next(iter(rules)), next(iter(rules.values()))
    rows = raw[first]
    if rows is not None:
        file = f"{first}.csv"
        violations += main.check_rows(rows, batch["month"])
        sha256 = batch["sha256"][file]
        violations += check_new(file, batch["month"], sha256, batch["ingested"])
    return violations


def load(path: Path) -> pd.DataFrame | None:
    """Read a raw table with every field as text; ``None`` where there is none."""
    if not path.exists():
        return None
    try:
        return pd.read_csv(path, dtype=str)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
