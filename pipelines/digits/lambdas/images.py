"""Reads the images of a request, JSON lines; refuses what is none of eight by eight pixels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipelines.digits.schema import DARKEST, SIDE
from pipelines.shared.scoring.errors import RequestError
from pipelines.shared.scoring.lines import JSON_LINES, check_unique, json_rows

Image = Mapping[str, Any]
"""``image_id``, and ``pixels``: ink, row by row."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")


def read(body: bytes, content_type: str) -> list[Image]:
    """Return the images in the order of the request.

    Raises:
        RequestError: it is not JSON lines, is empty, or a row is no image.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in JSON_LINES:
        raise RequestError("must be application/jsonlines", field="Content-Type", value=kind)
    try:
        text = body.decode()
    except ValueError as error:
        raise RequestError(f"body must be UTF-8: {error}") from error
    images = [_image(number, row) for number, row in enumerate(json_rows(text), 1)]
    if not images:
        raise RequestError("request must hold at least one image, got none")
    check_unique(images, "image_id")
    return images


def _image(number: int, row: Mapping[str, Any]) -> Image:
    name, pixels = row.get("image_id"), row.get("pixels")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        rule = "must be 1 to 100 letters, digits and ._:- after a letter or digit"
        raise RequestError(rule, row=number, field="image_id", value=name)
    if not isinstance(pixels, list) or len(pixels) != SIDE * SIDE:
        got = len(pixels) if isinstance(pixels, list) else type(pixels).__name__
        rule = f"must be {SIDE * SIDE} whole numbers, row by row"
        raise RequestError(rule, row=number, field="pixels", value=got)
    for value in pixels:
        if type(value) is not int or not 0 <= value <= DARKEST:
            rule = f"must be whole numbers of 0 to {DARKEST}"
            raise RequestError(rule, row=number, field="pixels", value=value)
    return {"image_id": name, "pixels": pixels}
