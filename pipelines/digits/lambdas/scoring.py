"""Lambda handler of the scoring API of digits: the digit that each image shows, and how surely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.digits.lambdas.images import Image, read
from pipelines.digits.schema import DIGITS
from pipelines.shared.scoring import lines
from pipelines.shared.scoring.errors import ModelError
from pipelines.shared.scoring.handler import Answer, answer
from pipelines.shared.scoring.use_case import Records


class Digits:
    """Images as callers send them, lines of CSV as the model reads them."""

    identifier = "image_id"
    rows = "images"
    content_type = "text/csv"
    features: Mapping[str, Sequence[str]] = {}
    """A request brings its images' pixels: nothing online is needed."""

    def read(self, body: bytes, content_type: str) -> list[Image]:
        """Return the images in the order of the request."""
        return read(body, content_type)

    def keys(self, one: Image) -> list[tuple[str, str]]:  # noqa: ARG002 - asked of every use case
        """Return no record."""
        return []

    def bodies(self, asked: Sequence[Image], records: Records, max_bytes: int) -> Iterator[bytes]:  # noqa: ARG002 - as above
        """Yield bodies of lines, one for each image."""
        rows = (f"{one['image_id']},{','.join(map(str, one['pixels']))}" for one in asked)
        return lines.parts(rows, max_bytes)

    def predictions(self, body: bytes) -> list[dict[str, Any]]:
        """Return image, digit and confidence of each line."""
        return [_prediction(line) for line in body.decode().splitlines() if line]

    def missing(self, asked: Sequence[Image], records: Records) -> dict[str, int]:  # noqa: ARG002 - as above
        """Return that nothing can be missing."""
        return {}


def handle(event: Mapping[str, Any], context: object = None) -> Answer:
    """Answer one proxy request of API Gateway."""
    del context
    return answer(event, DIGITS_READ)


def _prediction(line: str) -> dict[str, Any]:
    image_id, *texts = line.rsplit(",", len(DIGITS))
    try:
        shares = [float(text) for text in texts]
    except ValueError:
        shares = []
    if len(shares) != len(DIGITS) or not all(0 <= share <= 1 for share in shares):
        raise ModelError(
            f"model answered {line[:100]!r} where image_id and ten probabilities were expected"
        )
    confidence = max(shares)
    digit = DIGITS[shares.index(confidence)]
    return {"image_id": image_id, "digit": digit, "confidence": confidence}


DIGITS_READ = Digits()
