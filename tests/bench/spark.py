"""The features of the year by Spark beside those by one machine, on this machine's two cores."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import psutil

from infra.demo.year import Year
from infra.emulator.server import Emulator
from tests.bench.measure import Line
from tests.spark.environment import PYTHON, ROOT, environment

FACTORS = (1, 10, 50)
"""The year so many times over."""
GIB_FOR_MOST = 18
"""Free memory from which on the largest is measured: pandas holds all of it."""
SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Side:
    """What one engine took."""

    seconds: float
    start: float
    """Seconds until the work began: Spark's own start."""
    peak_mib: float
    """Largest sum of its processes' memory; what forked processes share counts in each."""
    sha256: str


def run() -> Iterator[Line]:
    """Measure both engines at each size, in turn."""
    tables = _year()
    flights = tables["flights.csv"]
    with Emulator(parts=("credentials",)) as emulator:
        s3 = emulator.context.client("s3", "us-east-1")
        for factor in FACTORS:
            free = psutil.virtual_memory().available / 2**30
            if factor == max(FACTORS) and free < GIB_FOR_MOST:
                continue
            bucket = f"year-{factor}"
            s3.create_bucket(Bucket=bucket)
            for name, table in tables.items():
                body = _replicated(table, factor) if name == "flights.csv" else _csv(table)
                s3.put_object(Bucket=bucket, Key=f"now/{name}", Body=body)
            yield from _lines(factor, len(flights) * factor, bucket, emulator.endpoint_url)
            for name in tables:
                s3.delete_object(Bucket=bucket, Key=f"now/{name}")


def _lines(factor: int, rows: int, bucket: str, endpoint: str) -> Iterator[Line]:
    alone, spark = (_measure(engine, bucket, endpoint) for engine in ("alone", "spark"))
    what = f"spark: {rows:,} flights (the year {factor} times)"
    yield Line(
        what=f"{what}, raw files to records",
        measured=f"{spark.seconds:.1f} s, {rows / spark.seconds:,.0f} rows a second,"
        f" Spark's start {spark.start:.1f} s of it",
        floor=f"pandas {alone.seconds:.1f} s, {rows / alone.seconds:,.0f} rows a second",
        ratio=spark.seconds / alone.seconds,
    )
    yield Line(
        what=f"{what}, memory at the peak",
        measured=f"{spark.peak_mib:,.0f} MiB",
        floor=f"pandas {alone.peak_mib:,.0f} MiB",
        ratio=spark.peak_mib / alone.peak_mib,
    )
    yield Line(
        what=f"{what}, records equal",
        measured="yes" if spark.sha256 == alone.sha256 else "no",
        bound="the same, value by value",
        held=spark.sha256 == alone.sha256,
    )


def _year() -> dict[str, pd.DataFrame]:
    year = Year()
    months = [year.month(number).files for number in range(1, 13)]
    found = {
        name: pd.concat([_frame(files[name]) for files in months], ignore_index=True)
        for name in ("flights.csv", "weather.csv")
    }
    return {**found, "planes.csv": _frame(months[0]["planes.csv"])}


def _frame(body: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(body), dtype=str)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def _replicated(flights: pd.DataFrame, factor: int) -> bytes:
    """Return the flights several times over, each with an identifier of its own."""
    header, *_ = _csv(flights.iloc[:0]).splitlines(keepends=True)
    bodies = [
        flights.assign(flight_id=flights["flight_id"] + f"-{copy}")
        .to_csv(index=False, header=False)
        .encode()
        for copy in range(factor)
    ]
    return header + b"".join(bodies)


def _measure(engine: str, bucket: str, endpoint: str) -> Side:
    python = PYTHON if engine == "spark" else sys.executable
    process = psutil.Popen(
        [python, "-m", "tests.bench.spark_side", engine, bucket],
        env=environment(endpoint),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _memory(process))
        time.sleep(SAMPLE_SECONDS)
    answer = process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"{engine} ended with {process.returncode}")
    found: dict[str, Any] = json.loads(answer)
    return Side(
        seconds=found["seconds"],
        start=found["start"],
        peak_mib=peak / 2**20,
        sha256=found["sha256"],
    )


def _memory(process: psutil.Process) -> float:
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
