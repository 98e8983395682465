"""Small batches of images."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd


def stroke(column: int = 4, ink: int = 16) -> Any:
    """Return an image of a stroke from top to bottom."""
    image = np.zeros((8, 8), dtype=np.uint8)
    image[:, column] = ink
    return image


def various(count: int) -> Any:
    """Return images that differ from one another."""
    random = np.random.default_rng(3)
    return random.integers(0, 17, (count, 8, 8)).astype(np.uint8)


def npz(pixels: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, pixels=pixels)
    return buffer.getvalue()


def listed(count: int, file: str = "images/part-0001.npz", month: str = "2025-03") -> pd.DataFrame:
    """Return a list of images as text, as a batch's ``images.csv`` holds it."""
    return pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in range(count)],
            "taken_at": [f"{month}-{1 + number % 28:02d}T08:00:00" for number in range(count)],
            "camera": "gate-1",
            "file": file,
            "position": [str(number) for number in range(count)],
        }
    )
