"""How requests are read and answers written where ``inference.py`` does not say: CSV, JSON, NPY."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import numpy as np

CSV, JSON, NPY = "text/csv", "application/json", "application/x-npy"
TEXTS = frozenset({CSV, JSON, "text/plain"})
"""Types whose body ``input_fn`` gets as text, as in SageMaker's own images."""


class UnsupportedTypeError(ValueError):
    """A content type that is not read, or one that is not written."""


def decode(body: str | bytes, content_type: str) -> Any:
    """Return the request as an array of numbers, a row each.

    Raises:
        UnsupportedTypeError: it is of another type than CSV, JSON or NPY.
        ValueError: the body is not of its type.
    """
    if content_type == CSV:
        return _csv(body if isinstance(body, str) else body.decode())
    if content_type == JSON:
        return np.array(json.loads(body), dtype=np.float32)
    if content_type == NPY:
        data = body.encode() if isinstance(body, str) else body
        return np.load(io.BytesIO(data), allow_pickle=False)
    raise UnsupportedTypeError(f"content type must be {CSV}, {JSON} or {NPY}, got {content_type}")


def _csv(text: str) -> Any:
    try:
        return np.loadtxt(io.StringIO(text), delimiter=",", ndmin=2, dtype=np.float32)
    except ValueError:  # a missing value, which only the slower reader takes
        return np.genfromtxt(io.StringIO(text), delimiter=",", dtype=np.float32, ndmin=2)


def encode(prediction: Any, accept: str) -> tuple[str | bytes, str]:
    """Return predictions as CSV, JSON or NPY, and the type.

    Raises:
        UnsupportedTypeError: another type is asked for.
    """
    if isinstance(prediction, (str, bytes)):
        return prediction, accept
    if hasattr(prediction, "detach"):
        prediction = prediction.detach().cpu()
    values = np.asarray(prediction)
    if accept == CSV:
        shape = values.shape or (1,)
        rows = values.reshape(shape[0], math.prod(shape[1:]))
        return "".join(",".join(map(str, row)) + "\n" for row in rows.tolist()), CSV
    if accept == JSON:
        return json.dumps(values.tolist()), JSON
    if accept == NPY:
        buffer = io.BytesIO()
        np.save(buffer, values, allow_pickle=False)
        return buffer.getvalue(), NPY
    raise UnsupportedTypeError(f"accept must be {CSV}, {JSON} or {NPY}, got {accept}")
