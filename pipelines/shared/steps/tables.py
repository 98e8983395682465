"""What the steps share: where files lie, how they are written, how a step fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

PROCESSING = Path("/opt/ml/processing")
MESSAGE = Path("/opt/ml/output/message")
"""What SageMaker reports as the exit message of a processing job, up to 1,024 characters."""


def read(folder: Path, name: str) -> pd.DataFrame:
    """Read a table that an earlier step wrote."""
    return pd.read_parquet(folder / f"{name}.parquet")


def write(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Write a table for a later step."""
    folder.mkdir(parents=True, exist_ok=True)
    table.to_parquet(folder / f"{name}.parquet", index=False)


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever was written
    """Read plain values."""
    return json.loads(path.read_text())


def write_json(path: Path, values: object) -> None:
    """Write plain values, readable by people."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")


def say(text: str) -> None:
    """Write a line to the step's log."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def refuse(reason: str) -> None:
    """End the step as failed, with the reason in the log and in the job's exit message.

    Raises:
        SystemExit: always, with status 1.
    """
    if MESSAGE.parent.is_dir():
        MESSAGE.write_text(reason[:1024])
    raise SystemExit(reason)


def timestamp(text: str) -> pd.Timestamp:
    """Return an ISO 8601 time as a timestamp without a zone, in UTC.

    Raises:
        ValueError: it is not one.
    """
    moment = pd.Timestamp(text)
    if pd.isna(moment):
        raise ValueError(f"time must be ISO 8601, got {text!r}")
    return moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)
