"""Serving: answer flights with the probability of being late; the script in ``model.tar.gz``.

Self-contained, since it travels alone. A request is CSV without header: ``flight_id``, then the
model's features in its order, an empty field for a missing value. The answer is CSV,
``flight_id,probability`` for each line.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb

CSV = "text/csv"
MISSING = np.float32(-999.0)
"""Below every real value. XGBoost keeps rows without a gap densely and fits them in two thirds of
the time that NaN takes; its trees part such a value from the others just as well."""


def model_fn(model_dir: str) -> dict[str, Any]:
    """Load the model and how its features are encoded."""
    return load(Path(model_dir), "xgboost-model.json")


def input_fn(body: str | bytes, content_type: str) -> pd.DataFrame:
    """Read a request: every field as text.

    Raises:
        ValueError: the content type is not CSV.
    """
    if content_type.split(";", maxsplit=1)[0].strip() != CSV:
        raise ValueError(f"content type must be {CSV}, got {content_type!r}")
    text = body.decode() if isinstance(body, (bytes, bytearray)) else body
    return pd.read_csv(io.StringIO(text), header=None, dtype=str, keep_default_na=False)


def predict_fn(rows: pd.DataFrame, model: dict[str, Any]) -> pd.DataFrame:
    """Return ``flight_id`` and ``probability`` of each row.

    Raises:
        ValueError: a row has more or fewer fields, or a number is none.
    """
    names = model["encoders"]["features"]
    if rows.shape[1] != 1 + len(names):
        raise ValueError(f"a row must have flight_id and {len(names)} features: {names}")
    features = rows.iloc[:, 1:].set_axis(names, axis=1)
    probability = predict(model, features)
    return pd.DataFrame({"flight_id": rows.iloc[:, 0], "probability": probability})


def output_fn(answer: pd.DataFrame, accept: str) -> tuple[str, str]:  # noqa: ARG001 - the container's signature
    """Write an answer as CSV, whatever was asked for."""
    pairs = zip(answer["flight_id"].tolist(), answer["probability"].tolist(), strict=True)
    return "".join(f"{flight},{share:.6f}\n" for flight, share in pairs), CSV


def load(folder: Path, name: str) -> dict[str, Any]:
    """Load one of the models in a folder with the folder's encoders."""
    booster = xgb.Booster()
    booster.load_model(str(folder / name))
    encoders = json.loads((folder / "encoders.json").read_text())
    return {"booster": booster, "encoders": encoders}


def predict(model: Mapping[str, Any], rows: pd.DataFrame) -> Any:  # noqa: ANN401 - a numpy array
    """Return the probability of being late for each row of features."""
    data = xgb.DMatrix(encode(rows, model["encoders"]))
    return model["booster"].predict(data)


def encode(rows: pd.DataFrame, encoders: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a numpy array
    """Return the features as numbers: categories by their place; what is unknown is ``MISSING``."""
    names: Sequence[str] = encoders["features"]
    encoded = np.full((len(rows), len(names)), np.nan, dtype=np.float32)
    for place, name in enumerate(names):
        values = rows[name]
        if name in encoders["categories"]:
            known = encoders["categories"][name]
            codes = pd.Categorical(values, categories=known).codes
            encoded[:, place] = np.where(codes < 0, np.nan, codes)
        elif values.dtype.kind in "iuf":
            encoded[:, place] = values.to_numpy(dtype=np.float32)
        else:
            try:
                encoded[:, place] = values.where(values != "").astype(np.float32).to_numpy()
            except ValueError as error:
                raise ValueError(f"{name} must hold numbers: {error}") from None
    encoded[np.isnan(encoded)] = MISSING
    return encoded
