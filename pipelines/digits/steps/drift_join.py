"""Join: the images that the endpoint was asked about in a month, with the labels known by then."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipelines.digits.schema import CONFIDENCE, DIGITS, SIDE
from pipelines.digits.steps.measure import measure
from pipelines.digits.steps.task import TASK
from pipelines.shared.steps import drift_join
from pipelines.shared.steps.captured import Exchange
from pipelines.shared.steps.task import PREDICTION


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    drift_join.run(argv, TASK, parse)


def parse(exchanges: Sequence[Exchange]) -> pd.DataFrame:
    """Return what is measured of each image, with its answer; of one asked about again the last."""
    asked = _table([one.asked for one in exchanges], SIDE * SIDE)
    answered = _table([one.answered for one in exchanges], len(DIGITS))
    both = asked[asked.index.isin(answered.index)]
    rows = measure(both.to_numpy(dtype=np.float64).reshape(-1, SIDE, SIDE))
    shares = answered.loc[both.index].to_numpy(dtype=np.float64)
    rows.insert(0, TASK.identifier, both.index)
    rows[PREDICTION] = shares.argmax(axis=1).astype(str)
    rows[CONFIDENCE] = shares.max(axis=1)
    return rows


def _table(bodies: Sequence[bytes], columns: int) -> pd.DataFrame:
    """Return lines of an identifier and numbers, by identifier, the last line of each."""
    text = b"\n".join(one.rstrip(b"\n") for one in bodies)
    names = [TASK.identifier, *map(str, range(columns))]
    rows = pd.read_csv(io.BytesIO(text), header=None, names=names, dtype={TASK.identifier: str})
    return rows.drop_duplicates(TASK.identifier, keep="last").set_index(TASK.identifier)


if __name__ == "__main__":
    main()
