"""Split by time: the newest flights are held out, those before validate, the rest train."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.flights.steps import tables

DAYS = 14
"""Length of the held-out and of the validation period."""
SHARE = 0.25
"""Where the data is short, each of the two takes no more than this share of its time span."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "dataset")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "splits")
    given = parser.parse_args(argv)
    rows = tables.read(given.input, "dataset")
    manifest = tables.read_json(given.input / "manifest.json")
    champion = manifest["champion_as_of"]
    parts, facts = split(rows, tables.timestamp(champion) if champion else None)
    for name, part in parts.items():
        tables.write(given.output / name, name, part)
        tables.say(f"{name}: {len(part)} flights")
    tables.write_json(given.output / "facts" / "facts.json", {**manifest, **facts})


def split(
    rows: pd.DataFrame, champion_as_of: pd.Timestamp | None
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return train, validation and held-out flights, and what is to be said of them.

    Where the champion was trained on a part of the held-out period, only what came after is held
    out, if that is at least a day of it; otherwise ``champion_saw_holdout`` says so.
    """
    departure = rows["sched_dep"]
    first, last = departure.min(), departure.max()
    length = min(pd.Timedelta(days=DAYS), (last - first) * SHARE)
    cut = last - length
    seen = champion_as_of is not None and champion_as_of > cut
    if seen and champion_as_of <= last - pd.Timedelta(days=1):
        cut, seen = champion_as_of, False
    middle = cut - length
    parts = {
        "train": rows[departure < middle],
        "validation": rows[(departure >= middle) & (departure < cut)],
        "holdout": rows[departure >= cut],
    }
    facts = {
        "training_window": f"{first.isoformat()}/{last.isoformat()}",
        "holdout_from": cut.isoformat(),
        "champion_saw_holdout": bool(seen),
    }
    return parts, facts


if __name__ == "__main__":
    main()
