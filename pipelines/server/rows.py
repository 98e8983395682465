"""Inputs of several requests as one, and one prediction as theirs.

What has rows: numpy arrays and torch tensors (their first axis), pandas data frames, lists, and
tuples and mappings of these.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np


def kind(data: Any) -> Hashable | None:
    """Return what inputs must have in common to be joined; ``None`` where there are no rows."""
    # The commonest first: this is asked for each request.
    if isinstance(data, np.ndarray) or _is_tensor(data):
        place = getattr(data, "device", None)
        return (type(data), data.dtype, data.shape[1:], place) if data.ndim else None
    if isinstance(data, tuple):
        return _kinds("tuple", data, len(data))
    if isinstance(data, Mapping):
        return _kinds("mapping", data.values(), tuple(data))
    if _is_frame(data):
        return ("frame", tuple(data.columns), tuple(map(str, data.dtypes)))
    return "list" if isinstance(data, list) else None


def _kinds(name: str, parts: Any, more: Hashable) -> Hashable | None:
    found = tuple(map(kind, parts))
    lengths = {count(part) for part in parts} if None not in found else set()
    return (name, more, found) if len(lengths) == 1 else None


def count(data: Any) -> int:
    """Return how many rows an input has; one where that cannot be told."""
    if isinstance(data, tuple):
        return count(data[0]) if data else 0
    if isinstance(data, Mapping):
        return count(next(iter(data.values()))) if data else 0
    try:
        return len(data)
    except TypeError:
        return 1


def join(inputs: Sequence[Any]) -> Any:
    """Return inputs of one kind as one, row after row."""
    first = inputs[0]
    if isinstance(first, Mapping):
        return {name: join([one[name] for one in inputs]) for name in first}
    if isinstance(first, tuple):
        return tuple(join(parts) for parts in zip(*inputs, strict=True))
    if isinstance(first, list):
        return [row for one in inputs for row in one]
    if _is_frame(first):
        return sys.modules["pandas"].concat(inputs, ignore_index=True)
    if _is_tensor(first):
        return sys.modules["torch"].cat(list(inputs))
    return np.concatenate(inputs)


def split(prediction: Any, rows: Sequence[int]) -> list[Any]:
    """Return the part of each request.

    Raises:
        ValueError: the prediction has no rows, or not as many as it was given.
    """
    if isinstance(prediction, Mapping):
        parts = {name: split(one, rows) for name, one in prediction.items()}
        return [{name: part[i] for name, part in parts.items()} for i in range(len(rows))]
    if isinstance(prediction, tuple):
        return list(zip(*(split(one, rows) for one in prediction), strict=True))
    if not isinstance(prediction, list) and kind(prediction) is None:
        raise ValueError(
            f"predict_fn must return rows for a batch, got {type(prediction).__name__}; "
            "split_fn takes others apart"
        )
    if len(prediction) != sum(rows):
        raise ValueError(f"predict_fn must return {sum(rows)} rows, got {len(prediction)}")
    found, start = [], 0
    for number in rows:
        if _is_frame(prediction):
            found.append(prediction.iloc[start : start + number].reset_index(drop=True))
        else:
            found.append(prediction[start : start + number])
        start += number
    return found


def alike(one: Any, other: Any, *, tolerance: float) -> bool:
    """Tell whether two predictions agree: numbers within a tolerance, all else exactly."""
    if isinstance(one, Mapping):
        return set(one) == set(other) and all(
            alike(one[name], other[name], tolerance=tolerance) for name in one
        )
    if isinstance(one, tuple):
        return len(one) == len(other) and all(
            alike(*pair, tolerance=tolerance) for pair in zip(one, other, strict=True)
        )
    if _is_frame(one):
        return list(one.columns) == list(other.columns) and all(
            alike(one[name].to_numpy(), other[name].to_numpy(), tolerance=tolerance) for name in one
        )
    if _is_tensor(one):
        one, other = one.detach().cpu(), other.detach().cpu()
    first, second = np.asarray(one), np.asarray(other)
    if first.shape != second.shape:
        return False
    if first.dtype.kind not in "fiubc":
        return bool((first == second).all())
    return np.allclose(first, second, rtol=tolerance, atol=tolerance, equal_nan=True)


def _is_tensor(data: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(data, torch.Tensor)


def _is_frame(data: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame)
