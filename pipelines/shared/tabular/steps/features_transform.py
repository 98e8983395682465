"""Transform: give the raw table its types; what breaks its rule becomes missing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipelines.shared.steps import tables
from pipelines.shared.tabular.declared import TABLE, Declared
from pipelines.shared.tabular.task import rules


def run(argv: Sequence[str] | None, declared: Declared) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "batch")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "clean")
    given = parser.parse_args(argv)
    rows = clean(pd.read_csv(given.input / f"{TABLE}.csv", dtype=str), declared)
    tables.write(given.output, TABLE, rows)
    batch = tables.read_json(given.input / "batch.json")
    tables.write_json(given.output / "batch.json", {"month": batch["month"]})
    tables.say(f"{batch['month']}: {len(rows)} rows")


def clean(raw: pd.DataFrame, declared: Declared) -> pd.DataFrame:
    """Return the rows, typed; those without a name or a time are left out."""
    table = rules(declared)
    rows = pd.DataFrame(index=raw.index)
    for name, column in declared.columns.items():
        if column.kind == "number":
            rows[name] = table.number(name, raw[name])
        elif column.kind == "time":
            moments = pd.to_datetime(raw[name], format="ISO8601", utc=True)
            rows[name] = moments.dt.tz_localize(None).astype("datetime64[ns]")
        else:
            rows[name] = raw[name].str.strip()
            if column.values:
                rows[name] = rows[name].where(rows[name].isin(column.values))
    needed = [declared.identifier, declared.time]
    return rows.dropna(subset=needed).drop_duplicates(declared.identifier, ignore_index=True)
