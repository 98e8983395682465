"""Extract: copy the batch that a marker object announces: its list of images, and their files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipelines.digits.steps.rules import FOLDER, TABLES
from pipelines.shared.steps import features_extract, storage, tables

LIST = next(iter(TABLES))


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--marker", required=True, help="key of the batch's _SUCCESS object")
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "batch")
    given = parser.parse_args(argv)
    found = features_extract.MARKER.match(given.marker)
    if not found:
        tables.refuse(
            f"BatchMarker must match {features_extract.MARKER.pattern}, got {given.marker!r}"
        )
        return
    prefix = given.marker.rpartition("/")[0] + "/"
    keys = [
        key
        for key in storage.listing(given.raw_bucket, prefix)
        if key == f"{prefix}{LIST}.csv" or (key.startswith(prefix + FOLDER) and key[-4:] == ".npz")
    ]
    bodies = dict(zip(keys, storage.fetch(given.raw_bucket, keys), strict=True))
    for key, body in bodies.items():
        path = given.output / key.removeprefix(prefix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    # One hash for list and images: the same images under a new list are an old batch, too.
    pixels = b"".join(body for key, body in bodies.items() if key.endswith(".npz"))
    tables.write_json(
        given.output / "batch.json",
        {
            "month": found["month"],
            "prefix": f"s3://{given.raw_bucket}/{prefix}",
            "root": prefix,
            "ingested": features_extract.ingested(
                given.artifacts_bucket, found["root"].split("/")[1]
            ),
            "sha256": {f"{LIST}.csv": storage.digest(pixels)},
        },
    )
    tables.say(f"batch {found['month']}: {len(bodies)} files")


if __name__ == "__main__":
    main()
