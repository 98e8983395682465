"""What is measured of an image, wherever it is seen: in a batch, or as the endpoint was asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipelines.digits.schema import DARKEST, MEASUREMENTS, SIDE

INKED = 0.25
"""A pixel with more of full ink than this is part of the digit."""


def measure(pixels: Any) -> pd.DataFrame:  # noqa: ANN401 - a numpy array
    """Return the measurements of images, an array of shape (images, 8, 8), in their order.

    A blank image has no centre and no slant: they are missing.
    """
    ink = np.asarray(pixels, dtype=np.float64) / DARKEST
    whole = ink.sum(axis=(1, 2))
    places = np.arange(SIDE, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = (ink * places).sum(axis=(1, 2)) / whole
        y = (ink * places[:, None]).sum(axis=(1, 2)) / whole
        across = places[None, :] - x[:, None]
        down = places[None, :] - y[:, None]
        over = (ink.sum(axis=1) * across**2).sum(axis=1)
        under = (ink.sum(axis=2) * down**2).sum(axis=1)
        both = np.einsum("nij,nj,ni->n", ink, across, down)
        slant = 2 * both / (over + under)
    middle = ink[:, 1:-1, 1:-1]
    laplacian = (
        ink[:, :-2, 1:-1] + ink[:, 2:, 1:-1] + ink[:, 1:-1, :-2] + ink[:, 1:-1, 2:] - 4 * middle
    )
    steps = np.abs(np.diff(ink, axis=1)).mean(axis=(1, 2))
    steps = (steps + np.abs(np.diff(ink, axis=2)).mean(axis=(1, 2))) / 2
    measured = {
        "brightness": ink.mean(axis=(1, 2)),
        "contrast": ink.std(axis=(1, 2)),
        "ink": (ink > INKED).mean(axis=(1, 2)),
        "centre_from_left": x,
        "centre_from_top": y,
        "slant": slant,
        "edges": steps,
        "sharpness": laplacian.std(axis=(1, 2)),
    }
    return pd.DataFrame({name: measured[name] for name in MEASUREMENTS})
