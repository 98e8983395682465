"""Extract: copy the batch that a marker object announces, and what is needed of the one before."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.shared.steps import batches, storage, tables

MARKER = re.compile(r"^(?P<root>raw/[a-z0-9]+/)batch=(?P<month>\d{4}-\d{2})/_SUCCESS$")


def run(argv: Sequence[str] | None, names: Sequence[str]) -> None:
    """Run the step for the tables of these names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--marker", required=True, help="key of the batch's _SUCCESS object")
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--in-place", action="store_true", help="list the files, copy none")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "batch")
    given = parser.parse_args(argv)
    found = MARKER.match(given.marker)
    if not found:
        tables.refuse(f"BatchMarker must match {MARKER.pattern}, got {given.marker!r}")
        return
    month, root = found["month"], found["root"]
    before = str(pd.Period(month, "M") - 1)
    given.output.mkdir(parents=True, exist_ok=True)
    prefix, previous = (f"{root}batch={one}/" for one in (month, before))
    batch: dict[str, Any] = {
        "month": month,
        "prefix": f"s3://{given.raw_bucket}/{prefix}",
        "ingested": ingested(given.artifacts_bucket, root.split("/")[1]),
    }
    if given.in_place:
        batch |= listed(given.raw_bucket, names, prefix, previous)
    else:
        batch["sha256"] = copy(given.raw_bucket, names, prefix, given.output)
        copy(given.raw_bucket, names, previous, given.output, "previous_")
    tables.write_json(given.output / "batch.json", batch)
    tables.say(f"batch {month}: {sorted(batch['sha256'])}")


def listed(bucket: str, names: Sequence[str], prefix: str, previous: str) -> dict[str, Any]:
    """Return where the tables of both batches lie, in how many bytes, and the hashes of the first.

    A table in several files has the hash of all of them, one after another.
    """
    files: dict[str, dict[str, int]] = {}
    hashes = {}
    for below, before in ((prefix, ""), (previous, "previous_")):
        sizes = storage.sizes(bucket, below)
        for table in names:
            keys = batches.files(sizes, below, table)
            files[before + table] = {key: sizes[key] for key in keys}
            if keys and not before:
                hashes[f"{table}.csv"] = batches.digest(bucket, keys)
    return {"bucket": bucket, "files": files, "sha256": hashes}


def copy(
    bucket: str, names: Sequence[str], prefix: str, folder: Path, before: str = ""
) -> dict[str, str]:
    """Copy a batch's files, those that there are, and return their hashes."""
    known = storage.listing(bucket, prefix)
    files = [f"{name}.csv" for name in names if f"{prefix}{name}.csv" in known]
    hashes = {}
    for file, body in zip(
        files, storage.fetch(bucket, [prefix + file for file in files]), strict=True
    ):
        (folder / f"{before}{file}").write_bytes(body)
        hashes[file] = storage.digest(body)
    return hashes


def ingested(bucket: str, use_case: str) -> dict[str, str]:
    """Return for each month ingested before the hash of its first table."""
    keys = list(storage.listing(bucket, f"ingested/{use_case}/"))
    return {
        key.rsplit("batch=", 1)[-1].split(".")[0]: body.decode().strip()
        for key, body in zip(keys, storage.fetch(bucket, keys), strict=True)
    }
