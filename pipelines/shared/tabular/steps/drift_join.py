"""Join: captured requests and answers of a use case on one table, as rows."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd

from pipelines.shared.steps.captured import Exchange
from pipelines.shared.steps.task import PREDICTION
from pipelines.shared.tabular.declared import Declared


def parse(exchanges: Sequence[Exchange], declared: Declared) -> pd.DataFrame:
    """Return requests with their predictions; of a row asked about again the last counts."""
    name = declared.identifier
    asked = b"\n".join(one.asked.rstrip(b"\n") for one in exchanges)
    answered = b"\n".join(one.answered.rstrip(b"\n") for one in exchanges)
    rows = pd.read_csv(
        io.BytesIO(asked),
        header=None,
        names=[name, *declared.features],
        dtype=dict.fromkeys((name, *declared.categorical), "object"),
    ).drop_duplicates(name, keep="last")
    predictions = pd.read_csv(
        io.BytesIO(answered), header=None, names=[name, PREDICTION], dtype={name: "object"}
    ).drop_duplicates(name, keep="last")
    return rows.merge(predictions, on=name, how="inner")
