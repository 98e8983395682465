"""What a batch of images must hold: its list, and the images that the list names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.digits.schema import DARKEST, SIDE
from pipelines.digits.steps import pixels
from pipelines.shared.steps.rules import Column, Table, Violation

FOLDER = "images/"
"""Where a batch's files of images lie, below its prefix."""
TABLES: Mapping[str, Table] = {
    "images": Table(
        "images",
        {
            "image_id": Column(),
            "taken_at": Column("time"),
            "camera": Column(),
            "file": Column(),  # below the batch's prefix
            "position": Column("number", 0, 1_000_000),
        },
        identifier="image_id",
        time="taken_at",
    )
}
TOLERANCE = 0.01
"""Share of a batch's images that may be blank: paper without a digit happens."""
TWINS = 0.05
"""Share of a batch's images that may equal another one to the pixel."""
EXAMPLES = 3


def check_images(listed: pd.DataFrame, files: Mapping[str, bytes]) -> list[Violation]:
    """Check that each listed image is there, of the right size and range, not blank, and its own.

    ``listed`` is the list as text, ``files`` the bodies by name as the list writes it.
    """
    held: dict[str, Any] = {}
    found = []
    for name in sorted(listed["file"].dropna().unique()):
        if name not in files:
            found.append(Violation("images.files_present", f"{name} is not in the batch"))
            continue
        try:
            held[name] = pixels.loaded(files[name])
        except ValueError as error:
            found.append(Violation("images.files_read", f"{name}: {error}"))
            continue
        found += _shape(name, held[name])
    if found:
        return found
    images, lost = _of(listed, held)
    if lost:
        found.append(
            Violation("images.positions", f"{len(lost)} are in no file, e.g. {lost[:EXAMPLES]}")
        )
    return [*found, *_contents(images)] if len(images) else found


def read(folder: Path) -> dict[str, bytes]:
    """Return the files of images of a copied batch, by name as the list writes it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / FOLDER).rglob("*.npz"))
    }


def _shape(name: str, images: Any) -> list[Violation]:  # noqa: ANN401 - a numpy array
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):  # noqa: PLR2004 - images, rows, columns
        said = " x ".join(map(str, images.shape[1:]))
        return [Violation("images.size", f"{name}: images must be {SIDE} x {SIDE}, got {said}")]
    if images.dtype.kind not in "ui":
        return [Violation("images.types", f"{name}: pixels must be whole, got {images.dtype}")]
    outside = int(((images < 0) | (images > DARKEST)).any(axis=(1, 2)).sum())
    if outside:
        said = f"{name}: pixels must be 0 to {DARKEST}, {outside} images have others"
        return [Violation("images.in_range", said)]
    return []


def _of(listed: pd.DataFrame, held: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """Return the listed images, and the identifiers of those that their files do not reach to."""
    places = pd.to_numeric(listed["position"], errors="coerce")
    chosen, lost = [], []
    for image, name, place in zip(listed["image_id"], listed["file"], places, strict=True):
        if name in held and 0 <= place < len(held[name]):
            chosen.append(held[name][int(place)])
        else:
            lost.append(str(image))
    return np.array(chosen, dtype=np.uint8), lost


def _contents(images: Any) -> list[Violation]:  # noqa: ANN401 - a numpy array
    flat = images.reshape(len(images), -1)
    found = []
    blank = int((flat.max(axis=1) == flat.min(axis=1)).sum())
    if blank > TOLERANCE * len(images):
        found.append(Violation("images.blank", f"{blank} of {len(images)} show nothing"))
    shown = flat[flat.max(axis=1) != flat.min(axis=1)]
    twins = len(shown) - len(np.unique(shown, axis=0)) if len(shown) else 0
    if twins > TWINS * len(images):
        found.append(Violation("images.distinct", f"{twins} of {len(images)} equal another one"))
    return found
