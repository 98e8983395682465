"""Transform: bring list and images together, each image once; blank ones are left out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.digits.steps import pixels
from pipelines.digits.steps.rules import read
from pipelines.shared.steps import tables


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=tables.PROCESSING / "input" / "batch")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "clean")
    given = parser.parse_args(argv)
    batch = tables.read_json(given.input / "batch.json")
    listed = pd.read_csv(given.input / "images.csv", dtype=str)
    held = {name: pixels.loaded(body) for name, body in read(given.input).items()}
    rows = listed.dropna().drop_duplicates("image_id").reset_index(drop=True)
    rows["position"] = pd.to_numeric(rows["position"]).astype("int64")
    rows["taken_at"] = pd.to_datetime(rows["taken_at"], format="ISO8601").astype("datetime64[ns]")
    images = np.array(
        [held[file][place] for file, place in zip(rows["file"], rows["position"], strict=True)]
    )
    rows["file"] = batch["root"] + rows["file"]
    rows[pixels.COLUMN] = pixels.packed(images)
    shown = images.max(axis=(1, 2)) != images.min(axis=(1, 2))
    tables.write(given.output, "images", rows[shown])
    tables.say(f"{batch['month']}: {int(shown.sum())} images, {int((~shown).sum())} blank")


if __name__ == "__main__":
    main()
