"""Half a year of digits as cameras would deliver them, one of which is replaced in April.

Data: the 1,797 images of scikit-learn's ``load_digits``, which come with the library. Every day has
nine of its own, each seen six times: turned, moved, brighter or darker by a little, with noise. No
written digit is seen on two days, so that what is held out was never trained on.
"""

from __future__ import annotations

import calendar
import io
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy import ndimage
from sklearn.datasets import load_digits

YEAR = 2025
SEED = 13
PER_DAY = 9
"""Written digits of a day: 181 days take 1,629 of the 1,797."""
SEEN = 6
"""Images of each."""
FILE_DAYS = 10
"""Days whose images are one file of the upstream feed."""
SHIFT_MONTH = 4
"""From this month on the new camera delivers: darker, turned and out of focus."""
REQUEST_ROWS = 400
"""Images in one call of the scoring API: some 80 KB."""
LABELLED_AFTER = timedelta(hours=3)
DARKEST, SIDE = 16, 8


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How a camera sees."""

    name: str
    turned: float = 0.0
    """Degrees."""
    gain: float = 1.0
    """Of the ink."""
    blur: float = 0.0
    """Standard deviation in pixels."""


OLD = Camera(name="gate-1")
NEW = Camera(name="gate-2", turned=20.0, gain=0.7, blur=0.5)


@dataclass(frozen=True, kw_only=True)
class Images:
    """One month of the upstream feed."""

    month: str
    """``YYYY-MM``."""
    names: list[str]
    pixels: Any
    """Shape (images, 8, 8), in order of time."""
    digits: Any
    files: dict[str, bytes]
    """The list ``images.csv`` and the ``.npz`` files that it names."""
    labels: bytes
    """The ground truth, ``labels.csv``: image_id, labelled_at, digit."""

    def asked(self) -> list[tuple[int, bytes]]:
        """Return bodies for the scoring API, with how many images each asks about."""
        lines = [
            json.dumps({"image_id": name, "pixels": image}, separators=(",", ":"))
            for name, image in zip(
                self.names, self.pixels.reshape(len(self.names), -1).tolist(), strict=True
            )
        ]
        parts = [lines[i : i + REQUEST_ROWS] for i in range(0, len(lines), REQUEST_ROWS)]
        return [(len(part), "\n".join(part).encode()) for part in parts]

    def truth(self) -> dict[str, int]:
        """Return the digit by image."""
        return dict(zip(self.names, self.digits.tolist(), strict=True))

    def broken(self) -> dict[str, bytes]:
        """Return the files with nothing but paper on every image: a lens with its cap on."""
        return {
            name: _npz(np.zeros_like(np.load(io.BytesIO(body))["pixels"]))
            if name.endswith(".npz")
            else body
            for name, body in self.files.items()
        }


class Cameras:
    """All days, cut into months."""

    def __init__(self) -> None:
        bunch = load_digits()
        order = np.random.default_rng(SEED).permutation(len(bunch.target))
        self._images = bunch.images[order]
        self._digits = bunch.target[order]

    def month(self, number: int) -> Images:
        """Return month 1 to 6."""
        days = calendar.monthrange(YEAR, number)[1]
        before = sum(calendar.monthrange(YEAR, one)[1] for one in range(1, number))
        camera = NEW if number >= SHIFT_MONTH else OLD
        random = np.random.default_rng([SEED, number])
        written = slice(before * PER_DAY, (before + days) * PER_DAY)
        pixels = np.concatenate(
            [seen(self._images[written], camera, random)[:, None] for _ in range(SEEN)], axis=1
        ).reshape(-1, SIDE, SIDE)
        digits = np.repeat(self._digits[written], SEEN)
        each = PER_DAY * SEEN
        step = timedelta(days=1) / each
        first = datetime(YEAR, number, 1)
        taken = [(first + place * step).replace(microsecond=0) for place in range(days * each)]
        names = [f"{when:%Y%m%d}-{place:04d}" for place, when in enumerate(taken)]
        files, where = _files(pixels, each * FILE_DAYS)
        listed = pd.DataFrame(
            {
                "image_id": names,
                "taken_at": [when.isoformat() for when in taken],
                "camera": camera.name,
                **where,
            }
        )
        labels = pd.DataFrame(
            {
                "image_id": names,
                "labelled_at": [(when + LABELLED_AFTER).isoformat() for when in taken],
                "digit": digits,
            }
        )
        return Images(
            month=f"{YEAR}-{number:02d}",
            names=names,
            pixels=pixels,
            digits=digits,
            files={"images.csv": listed.to_csv(index=False).encode(), **files},
            labels=labels.to_csv(index=False).encode(),
        )


def seen(images: Any, camera: Camera, random: np.random.Generator) -> Any:  # noqa: ANN401 - numpy arrays
    """Return images as a camera sees them once, each a little otherwise than the others."""
    found = np.empty(images.shape, dtype=np.uint8)
    middle = (SIDE - 1) / 2
    for place, image in enumerate(images):
        angle = np.deg2rad(camera.turned + random.uniform(-8, 8))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        turn *= random.uniform(0.95, 1.05)
        offset = middle - turn @ np.array([middle, middle]) + random.uniform(-0.4, 0.4, 2)
        moved = ndimage.affine_transform(image, turn, offset, order=1)
        if camera.blur:
            moved = ndimage.gaussian_filter(moved, camera.blur)
        ink = moved * camera.gain * random.uniform(0.92, 1.08)
        noise = random.normal(0, 0.5, image.shape)
        found[place] = np.clip(np.rint(ink + noise), 0, DARKEST)
    return found


def _files(pixels: Any, each: int) -> tuple[dict[str, bytes], dict[str, list[Any]]]:  # noqa: ANN401 - a numpy array
    """Return the feed's files, and file and position of each image."""
    files, names, positions = {}, [], []
    for number, start in enumerate(range(0, len(pixels), each), 1):
        part = pixels[start : start + each]
        name = f"images/part-{number:04d}.npz"
        files[name] = _npz(part)
        names += [name] * len(part)
        positions += list(range(len(part)))
    return files, {"file": names, "position": positions}


def _npz(pixels: Any) -> bytes:  # noqa: ANN401 - a numpy array
    buffer = io.BytesIO()
    np.savez_compressed(buffer, pixels=pixels)
    return buffer.getvalue()
