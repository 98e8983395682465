"""The request that a version is registered with, and its answer: what serves can be told by them.

Standard library only and no newer syntax than the oldest image has: steps carry it.
"""

from __future__ import annotations

import io
import math
import tarfile
from pathlib import Path

REQUEST = "sample.tar.gz"
"""The one form that a model package's ``SamplePayloadUrl`` may have."""
ANSWER = "sample.answer"
"""Lies beside the request; within its archive SageMaker would take it for a request, too."""
MARK = "mlops-verify"
"""``CustomAttributes`` of a request that nobody made; captured with it, so that it can be told."""
TOLERANCE = 1e-4
"""Other processors add up in another order."""


def write(folder: Path, request: str, answer: str) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    body = request.encode()
    member = tarfile.TarInfo("request")
    member.size = len(body)
    with tarfile.open(folder / REQUEST, "w:gz") as archive:
        archive.addfile(member, io.BytesIO(body))
    (folder / ANSWER).write_text(answer)


def read(archive: bytes) -> bytes:
    """Return the request of an archive.

    Raises:
        ValueError: it holds no file.
    """
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for member in opened:
            held = opened.extractfile(member)
            if held is not None:
                return held.read()
    raise ValueError("the sample must hold a file, got none")


def answer_uri(request_uri: str) -> str:
    """Return where the answer lies."""
    return request_uri.rpartition("/")[0] + "/" + ANSWER


def same(answer: str, expected: str) -> bool:
    """Tell whether two answers of comma-separated lines agree: numbers nearly, all else exactly."""
    given, wanted = (
        [line.split(",") for line in text.strip().splitlines()] for text in (answer, expected)
    )
    return [len(line) for line in given] == [len(line) for line in wanted] and all(
        _alike(one, other)
        for mine, theirs in zip(given, wanted)  # noqa: B905 - as long, by the line above
        for one, other in zip(mine, theirs)  # noqa: B905 - as long, too
    )


def _alike(one: str, other: str) -> bool:
    try:
        return math.isclose(float(one), float(other), rel_tol=0.0, abs_tol=TOLERANCE)
    except ValueError:
        return one == other
