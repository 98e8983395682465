"""Serving: answer rows with their prediction; the script in ``model.tar.gz``.

Self-contained, since it travels alone. A request is CSV without header: the identifier, then the
model's features in its order, an empty field for a missing value. The answer is CSV,
``identifier,prediction`` for each line: a probability, a number, or the place of a class.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb

CSV = "text/csv"


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
    """Return the identifier and the prediction of each row.

    Raises:
        ValueError: a row has more or fewer fields, or a number is none.
    """
    names = model["encoders"]["features"]
    if rows.shape[1] != 1 + len(names):
        raise ValueError(f"a row must have an identifier and {len(names)} features: {names}")
    features = rows.iloc[:, 1:].set_axis(names, axis=1)
    return pd.DataFrame({"identifier": rows.iloc[:, 0], "prediction": predict(model, features)})


def output_fn(answer: pd.DataFrame, accept: str) -> tuple[str, str]:  # noqa: ARG001 - the container's signature
    """Write an answer as CSV, whatever was asked for."""
    return answer.to_csv(header=False, index=False, float_format="%.6f", lineterminator="\n"), CSV


def load(folder: Path, name: str) -> dict[str, Any]:
    """Load one of the models in a folder with the folder's encoders."""
    booster = xgb.Booster()
    booster.load_model(str(folder / name))
    encoders = json.loads((folder / "encoders.json").read_text())
    return {"booster": booster, "encoders": encoders}


def predict(model: Mapping[str, Any], rows: pd.DataFrame) -> Any:  # noqa: ANN401 - a numpy array
    """Return a prediction for each row of features."""
    answered = model["booster"].predict(xgb.DMatrix(encode(rows, model["encoders"])))
    return answered.argmax(axis=1).astype(np.float64) if answered.ndim > 1 else answered


def encode(rows: pd.DataFrame, encoders: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a numpy array
    """Return the features as numbers: categories by their place; what is unknown is NaN."""
    names = encoders["features"]
    encoded = np.full((len(rows), len(names)), np.nan, dtype=np.float32)
    for place, name in enumerate(names):
        values = rows[name]
        if name in encoders["categories"]:
            codes = pd.Categorical(values, categories=encoders["categories"][name]).codes
            encoded[:, place] = np.where(codes < 0, np.nan, codes)
        elif values.dtype.kind in "iufb":
            encoded[:, place] = values.to_numpy(dtype=np.float32)
        else:
            try:
                encoded[:, place] = values.where(values != "").astype(np.float32).to_numpy()
            except ValueError as error:
                raise ValueError(f"{name} must hold numbers: {error}") from None
    return encoded
