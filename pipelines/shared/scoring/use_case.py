"""What a scoring function must know of its use case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

Row = TypeVar("Row", bound=Mapping[str, Any])
"""One thing that is asked about, checked."""
Records = Mapping[tuple[str, str], Mapping[str, str]]
"""Features of a record, by group and record identifier; a record that is not there is absent."""


class Scored(Protocol[Row]):
    """How a use case's requests become the model's, and its answers the callers'."""

    identifier: str
    """Field that names a row, in requests and in predictions."""
    rows: str
    """What the rows are, in words: ``flights``."""
    content_type: str
    """What the endpoint reads and answers."""
    features: Mapping[str, Sequence[str]]
    """Online features, by group; empty where the request brings all that the model needs."""

    def read(self, body: bytes, content_type: str) -> Sequence[Row]:
        """Return the rows in the order of the request.

        Raises:
            RequestError: it holds no rows, or one breaks a rule.
        """

    def keys(self, one: Row) -> Sequence[tuple[str, str]]:
        """Return group and identifier of every online record of a row."""

    def bodies(self, asked: Sequence[Row], records: Records, max_bytes: int) -> Iterator[bytes]:
        """Yield what the endpoint is asked, in bodies of at most so many bytes."""

    def predictions(self, body: bytes) -> list[dict[str, Any]]:
        """Return what the endpoint answered, a prediction for each row with its identifier.

        Raises:
            ModelError: it is no such answer.
        """

    def missing(self, asked: Sequence[Row], records: Records) -> dict[str, int]:
        """Return, by feature group, for how many rows a record was not there."""
