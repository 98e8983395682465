"""Made-up rows that keep what is declared: for tests and a first look, until there is data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipelines.shared.tabular.declared import Column, Declared

SEED = 7


def rows(declared: Declared, month: str, count: int = 1_600) -> pd.DataFrame:
    """Return a month's raw rows; the same for the same month."""
    start = pd.Timestamp(month)
    rng = np.random.default_rng([SEED, start.year, start.month])
    seconds = np.sort(rng.uniform(0, start.days_in_month * 86_400 - 1, count)).astype("int64")
    moments = (start + pd.to_timedelta(seconds, unit="s")).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = {}
    for name, column in declared.columns.items():
        if column.kind == "identifier":
            found[name] = pd.Series([f"{month}-{number}" for number in range(count)])
        elif column.kind == "time":
            found[name] = pd.Series(moments)
        else:
            found[name] = _values(column, rng, count)
    return pd.DataFrame(found)


def labels(declared: Declared, made: pd.DataFrame) -> pd.DataFrame:
    """Return the label file of rows: what each came to be, an hour after its time.

    It follows from the features, with noise, so that there is something to learn.
    """
    rng = np.random.default_rng([SEED, len(made)])
    signal: Any = rng.normal(0, 0.4, len(made))
    for place, (name, kind) in enumerate(
        (name, kind) for name, kind in declared.features.items() if name in made
    ):
        if kind == "number":
            numbers = pd.to_numeric(made[name])
            spread = numbers.std() or 1.0
            signal += ((numbers - numbers.mean()) / spread).fillna(0.0).to_numpy() / (1 + place)
        else:
            signal += (pd.factorize(made[name], sort=True)[0] % 3 - 1.0) / (1 + place)
    known_at = pd.to_datetime(made[declared.time]) + pd.Timedelta(hours=1)
    return pd.DataFrame(
        {
            declared.identifier: made[declared.identifier],
            "known_at": known_at.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            declared.label: _labels(declared, signal),
        }
    )


def _labels(declared: Declared, signal: Any) -> pd.Series:  # noqa: ANN401 - a numpy array
    if declared.problem == "regression":
        return pd.Series(signal.round(4))
    edges = np.quantile(signal, np.linspace(0, 1, len(declared.classes) + 1)[1:-1])
    return pd.Series(np.array(declared.classes)[np.searchsorted(edges, signal)])


def _values(column: Column, rng: np.random.Generator, count: int) -> pd.Series:
    if column.kind == "number":
        low = column.low if np.isfinite(column.low) else 0.0
        high = column.high if np.isfinite(column.high) else low + 100.0
        made = pd.Series((low + (high - low) * rng.beta(2, 3, count)).round(4))
    else:
        made = pd.Series(rng.choice(column.values or ("a", "b", "c"), count))
    return made.mask(pd.Series(rng.random(count) < column.missing / 2))
