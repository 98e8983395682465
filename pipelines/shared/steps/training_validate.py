"""Validate: check the training set against the rules; a broken one fails the step."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pipelines.shared.steps import rules, tables
from pipelines.shared.steps.task import Task


def run(argv: Sequence[str] | None, task: Task) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "dataset")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "violations")
    parser.add_argument("--least-rows", type=int, default=1_000)
    given = parser.parse_args(argv)
    rows = tables.read(given.input, "dataset")
    violations = rules.check_dataset(rows, task, given.least_rows)
    tables.write_json(given.output / "violations.json", [asdict(one) for one in violations])
    for one in violations:
        tables.say(f"{one.rule}: {one.detail}")
    if violations:
        tables.refuse(f"data check failed: {', '.join(sorted({one.rule for one in violations}))}")
    tables.say(f"no rule is broken by {len(rows)} rows")
