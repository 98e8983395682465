"""The features of the digits use case: plain data, needs the standard library alone.

Steps, scoring function and infrastructure all read it here. Lists are in the order in which a row
is written to and read from CSV.
"""

from __future__ import annotations

USE_CASE = "digits"

SIDE = 8
"""Pixels of an image's side."""
DARKEST = 16
"""Largest value of a pixel, that of full ink; 0 is paper."""
DIGITS = tuple(range(10))
"""What an image may show: the classes of the model, in the order of its probabilities."""

REQUEST_FIELDS = ("image_id", "pixels")
"""What a scoring request says of an image; ``pixels`` are 64 whole numbers, row by row."""

MEASUREMENTS = (
    "brightness",  # mean ink, 0 to 1
    "contrast",  # standard deviation of the ink, 0 to 0.5
    "ink",  # share of pixels with more than a quarter of full ink
    "centre_from_left",  # centre of mass, in pixels from the left
    "centre_from_top",  # the same from the top
    "slant",  # how the ink leans: -1 to 1, 0 upright
    "edges",  # mean step between neighbours
    "sharpness",  # standard deviation of the Laplacian
)
"""What is measured of an image; drift is measured on them, for pixels by themselves say little."""

FEATURE_GROUPS = (
    {
        "name": "images",
        "description": "Images of digits: where each lies in S3, and what was measured of it.",
        "record_identifier": "image_id",
        "event_time": "event_time",
        "features": {
            "image_id": "String",
            "event_time": "String",  # when it was taken
            "camera": "String",
            "file": "String",  # key in the raw bucket of the .npz that holds it
            "position": "Integral",  # its place in that file
            **dict.fromkeys(MEASUREMENTS, "Fractional"),
        },
    },
)
"""Event times are UTC, ISO 8601 with seconds and ``Z``. Labels stay where they are told, below
``labels/``: one may be told again, and what was known when is asked of them."""

GROUP_OF = dict.fromkeys(MEASUREMENTS, "images")
"""Where each measured feature comes from."""

CONFIDENCE = "confidence"
"""Largest of the ten probabilities: beside the digit, what the drift of answers is measured on."""

OBJECTIVE = "Accuracy"
"""CloudWatch's name of the metric by which versions are judged."""
