"""Lambda handler of the scoring API of flights: a probability of being late for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.flights.lambdas.flights import Flight, read
from pipelines.flights.lambdas.rows import FEATURES, keys, missing, row
from pipelines.shared.scoring import lines
from pipelines.shared.scoring.errors import ModelError, RequestError
from pipelines.shared.scoring.handler import Answer, answer
from pipelines.shared.scoring.use_case import Records


class Lateness:
    """Flights as callers send them, lines of CSV as the model reads them."""

    identifier = "flight_id"
    rows = "flights"
    content_type = "text/csv"
    features = FEATURES

    def read(self, body: bytes, content_type: str) -> list[Flight]:
        """Return the flights in the order of the request."""
        try:
            text = body.decode()
        except ValueError as error:
            raise RequestError(f"body must be UTF-8: {error}") from error
        return read(text, content_type)

    def keys(self, one: Flight) -> list[tuple[str, str]]:
        """Return group and identifier of every record of a flight."""
        return keys(one)

    def bodies(self, asked: Sequence[Flight], records: Records, max_bytes: int) -> Iterator[bytes]:
        """Yield bodies of lines, one for each flight."""
        return lines.parts((row(one, records) for one in asked), max_bytes)

    def predictions(self, body: bytes) -> list[dict[str, Any]]:
        """Return flight and probability of each line."""
        return [_prediction(line) for line in body.decode().splitlines() if line]

    def missing(self, asked: Sequence[Flight], records: Records) -> dict[str, int]:
        """Return, by feature group, for how many flights a record was not there."""
        return missing(asked, records)


def handle(event: Mapping[str, Any], context: object = None) -> Answer:
    """Answer one proxy request of API Gateway."""
    del context
    return answer(event, LATENESS)


def _prediction(line: str) -> dict[str, Any]:
    flight_id, comma, probability = line.rpartition(",")
    try:
        value = float(probability)
    except ValueError:
        value = -1.0
    if not comma or not 0 <= value <= 1:
        raise ModelError(f"model answered {line[:100]!r} where flight_id,probability was expected")
    return {"flight_id": flight_id, "probability": value}


LATENESS = Lateness()
