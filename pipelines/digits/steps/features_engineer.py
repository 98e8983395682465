"""Engineer: measure the images, and make the records of their feature group."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipelines.digits.schema import FEATURE_GROUPS
from pipelines.digits.steps import pixels
from pipelines.digits.steps.measure import measure
from pipelines.shared.steps import tables

EVENT_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "clean")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "records")
    given = parser.parse_args(argv)
    (group,) = FEATURE_GROUPS
    rows = tables.read(given.input, "images")
    rows["event_time"] = rows["taken_at"].dt.strftime(EVENT_TIME_FORMAT)
    records = rows.join(measure(pixels.unpacked(rows[pixels.COLUMN])).set_index(rows.index))
    names = list(group["features"])
    tables.write(given.output, str(group["name"]), records[names])
    tables.say(f"images: {len(records)} records")


if __name__ == "__main__":
    main()
