"""Split by time: the newest rows are held out, those before validate, the rest train."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.shared.steps import tables
from pipelines.shared.steps.task import Task

DAYS = 14
"""Length of the held-out and of the validation period."""
SHARE = 0.25
"""Where the data is short, each of the two takes no more than this share of its time span."""


def run(argv: Sequence[str] | None, task: Task) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "dataset")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "splits")
    given = parser.parse_args(argv)
    rows = tables.read(given.input, "dataset")
    manifest = tables.read_json(given.input / "manifest.json")
    champion = manifest["champion_as_of"]
    parts, facts = split(rows, task.time, tables.timestamp(champion) if champion else None)
    for name, part in parts.items():
        tables.write(given.output / name, name, part)
        tables.say(f"{name}: {len(part)} {task.rows}")
    tables.write_json(given.output / "facts" / "facts.json", {**manifest, **facts})


def split(
    rows: pd.DataFrame, time: str, champion_as_of: pd.Timestamp | None
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return train, validation and held-out rows, and what is to be said of them.

    Where the champion was trained on a part of the held-out period, only what came after is held
    out, if that is at least a day of it; otherwise ``champion_saw_holdout`` says so.
    """
    when = rows[time]
    first, last = when.min(), when.max()
    length = min(pd.Timedelta(days=DAYS), (last - first) * SHARE)
    cut = last - length
    seen = champion_as_of is not None and champion_as_of > cut
    if seen and champion_as_of <= last - pd.Timedelta(days=1):
        cut, seen = champion_as_of, False
    middle = cut - length
    parts = {
        "train": rows[when < middle],
        "validation": rows[(when >= middle) & (when < cut)],
        "holdout": rows[when >= cut],
    }
    facts = {
        "training_window": f"{first.isoformat()}/{last.isoformat()}",
        "holdout_from": cut.isoformat(),
        "champion_saw_holdout": bool(seen),
    }
    return parts, facts
