"""Why a request gets no predictions."""

from __future__ import annotations


class RequestError(ValueError):
    """A request that is refused as a whole: names row, field, rule and value."""

    def __init__(
        self, rule: str, *, row: int | None = None, field: str = "", value: object = None
    ) -> None:
        where = "" if row is None else f"row {row}: "
        shown = "" if value is None else f", got {value!r}"
        super().__init__(f"{where}{field + ' ' if field else ''}{rule}{shown}")
        self.detail = {"row": row, "field": field or None, "rule": rule, "value": value}


class ModelError(Exception):
    """The endpoint answered with something else than one prediction for each row."""


class FeaturesUnavailableError(Exception):
    """The feature store did not answer for records that may well be there."""
