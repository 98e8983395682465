"""Extract: copy the batch that a marker object announces, and what is needed of the one before."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipelines.flights.steps import storage, tables

MARKER = re.compile(r"^(?P<root>raw/[a-z0-9]+/)batch=(?P<month>\d{4}-\d{2})/_SUCCESS$")
FILES = ("flights.csv", "weather.csv", "planes.csv")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--marker", required=True, help="key of the batch's _SUCCESS object")
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "batch")
    given = parser.parse_args(argv)
    found = MARKER.match(given.marker)
    if not found:
        tables.refuse(f"BatchMarker must match {MARKER.pattern}, got {given.marker!r}")
        return
    month, root = found["month"], found["root"]
    before = str(pd.Period(month, "M") - 1)
    given.output.mkdir(parents=True, exist_ok=True)
    hashes = copy(given.raw_bucket, f"{root}batch={month}/", given.output, "")
    copy(given.raw_bucket, f"{root}batch={before}/", given.output, "previous_")
    batch = {
        "month": month,
        "prefix": f"s3://{given.raw_bucket}/{root}batch={month}/",
        "sha256": hashes,
        "ingested": ingested(given.artifacts_bucket, root.split("/")[1]),
    }
    tables.write_json(given.output / "batch.json", batch)
    tables.say(f"batch {month}: {sorted(hashes)}")


def copy(bucket: str, prefix: str, folder: Path, name: str) -> dict[str, str]:
    """Copy a batch's files, those that there are, and return their hashes."""
    known = storage.listing(bucket, prefix)
    names = [file for file in FILES if prefix + file in known]
    hashes = {}
    for file, body in zip(
        names, storage.fetch(bucket, [prefix + file for file in names]), strict=True
    ):
        (folder / f"{name}{file}").write_bytes(body)
        hashes[file] = storage.digest(body)
    return hashes


def ingested(bucket: str, use_case: str) -> dict[str, str]:
    """Return for each month ingested before the hash of its flights."""
    keys = list(storage.listing(bucket, f"ingested/{use_case}/"))
    return {
        key.rsplit("batch=", 1)[-1].split(".")[0]: body.decode().strip()
        for key, body in zip(keys, storage.fetch(bucket, keys), strict=True)
    }


if __name__ == "__main__":
    main()
