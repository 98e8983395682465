"""Images as files hold them: ``.npz`` on S3, and a column of bytes in tables between steps."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pipelines.digits.schema import SIDE
from pipelines.shared.steps import storage

COLUMN = "pixels"
"""Of tables: the 64 bytes of an image, row by row."""
ARRAY = "pixels"
"""Of an ``.npz``: shape (images, 8, 8), unsigned bytes."""


def loaded(body: bytes) -> Any:  # noqa: ANN401 - a numpy array
    """Return the images of a file.

    Raises:
        ValueError: it is no ``.npz``, or has no such array.
    """
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as held:
            return held[ARRAY]
    except (OSError, KeyError, EOFError) as error:
        raise ValueError(f"an image file must be .npz with {ARRAY}, got {error}") from error


def packed(pixels: Any) -> list[bytes]:  # noqa: ANN401 - a numpy array
    """Return images as a table holds them."""
    return [one.tobytes() for one in np.ascontiguousarray(pixels, dtype=np.uint8)]


def unpacked(column: Iterable[bytes]) -> Any:  # noqa: ANN401 - a numpy array
    """Return a table's images as one array of shape (images, 8, 8)."""
    whole = np.frombuffer(b"".join(column), dtype=np.uint8)
    return whole.reshape(-1, SIDE, SIDE)


def fetched(bucket: str, rows: pd.DataFrame) -> Any:  # noqa: ANN401 - a numpy array
    """Return the images that rows name by ``file`` and ``position``, in the rows' order."""
    files = sorted(rows["file"].unique())
    held = dict(zip(files, storage.read(bucket, files, loaded), strict=True))
    images = np.empty((len(rows), SIDE, SIDE), dtype=np.uint8)
    for file, places in rows.groupby("file", sort=False).indices.items():
        images[places] = held[str(file)][rows["position"].to_numpy()[places].astype(np.int64)]
    return images
