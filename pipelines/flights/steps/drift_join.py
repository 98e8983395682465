"""Join: the traffic that the endpoint captured in a month, with the labels known by then."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd

from pipelines.flights.steps.task import TASK
from pipelines.shared.steps import drift_join
from pipelines.shared.steps.captured import Exchange
from pipelines.shared.steps.task import PREDICTION

COLUMNS = (TASK.identifier, *TASK.features)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    drift_join.run(argv, TASK, parse)


def parse(exchanges: Sequence[Exchange]) -> pd.DataFrame:
    """Return requests with their predictions; of a flight asked about again the last counts."""
    asked = b"\n".join(one.asked.rstrip(b"\n") for one in exchanges)
    answered = b"\n".join(one.answered.rstrip(b"\n") for one in exchanges)
    text = dict.fromkeys((TASK.identifier, *TASK.categorical), "object")
    rows = pd.read_csv(io.BytesIO(asked), header=None, names=list(COLUMNS), dtype=text)
    predictions = pd.read_csv(
        io.BytesIO(answered), header=None, names=[TASK.identifier, PREDICTION]
    ).drop_duplicates(TASK.identifier, keep="last")
    rows = rows.drop_duplicates(TASK.identifier, keep="last")
    return rows.merge(predictions, on=TASK.identifier, how="inner")


if __name__ == "__main__":
    main()
