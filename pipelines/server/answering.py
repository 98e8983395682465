"""Requests to answers, as the thread that predicts does it: read, join, predict, split, write."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.server import rows
from pipelines.server.codec import UnsupportedTypeError
from pipelines.server.model import Model
from pipelines.server.requests import Answer, Request

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Predicted:
    """One call of ``predict_fn``, for the metrics."""

    requests: int
    rows: int
    seconds: float
    failed: bool = False


@dataclass(frozen=True, slots=True)
class _Input:
    place: int
    data: Any
    rows: int


def answer(
    model: Model, requests: Sequence[Request], tell: Callable[[Predicted], None]
) -> list[Answer]:
    """Return the answer of each request; what one of them raises is its own answer alone."""
    answers: list[Answer | None] = [None] * len(requests)
    groups: dict[Hashable, list[_Input]] = {}
    for place, request in enumerate(requests):
        try:
            if (transformed := model.transform(request)) is not None:
                answers[place] = transformed
                continue
            data = model.read(request)
            shared = model.kind(data)
            found = _Input(place, data, rows.count(data) if shared is not None else 1)
        except Exception as error:  # noqa: BLE001 - whatever a model's function raises
            answers[place] = refusal(error, reading=True)
            continue
        groups.setdefault(("alone", place) if shared is None else shared, []).append(found)
    for inputs in groups.values():
        for batch in cut(inputs, model.settings.max_batch_rows):
            for one, prediction in zip(batch, _predict(model, batch, requests, tell), strict=True):
                answers[one.place] = _write(model, prediction, requests[one.place])
    return [one or Answer(500, "text/plain", b"no answer") for one in answers]


def cut(inputs: Iterable[_Input], most: int) -> Iterable[list[_Input]]:
    """Yield inputs in batches of at most so many rows; one of more rows stands alone."""
    batch: list[_Input] = []
    held = 0
    for one in inputs:
        if batch and held + one.rows > most:
            yield batch
            batch, held = [], 0
        batch.append(one)
        held += one.rows
    if batch:
        yield batch


def refusal(error: Exception, *, reading: bool) -> Answer:
    """Return the answer to what a model's function raised.

    ``status_code`` of the exception decides where it has one, as in SageMaker's toolkits.
    """
    status = getattr(error, "status_code", None)
    if not isinstance(status, int) or not 400 <= status <= 599:  # noqa: PLR2004 - HTTP's errors
        if isinstance(error, UnsupportedTypeError):
            status = 415 if reading else 406
        else:
            status = 400 if reading and isinstance(error, ValueError) else 500
    if status >= 500:  # noqa: PLR2004 - HTTP's server errors
        log.error("%s: %s", type(error).__name__, error, exc_info=error)
    return Answer(status, "text/plain", f"{type(error).__name__}: {error}".encode())


def _predict(
    model: Model,
    batch: Sequence[_Input],
    requests: Sequence[Request],
    tell: Callable[[Predicted], None],
) -> list[Any]:
    """Return each input's prediction, or the exception that it raised by itself."""
    if len(batch) == 1:
        return [_predict_alone(model, batch[0], requests, tell)]
    numbers = [one.rows for one in batch]
    began = time.perf_counter()
    failed = True
    try:
        joined = model.predict(model.join([one.data for one in batch]))
        parts = model.split(joined, numbers)
        failed = False
    except Exception as error:  # noqa: BLE001 - whatever a model's function raises
        log.warning("a batch of %d requests is taken apart: %s", len(batch), error)
    tell(Predicted(len(batch), sum(numbers), time.perf_counter() - began, failed))
    if failed:
        return [_predict_alone(model, one, requests, tell) for one in batch]
    return parts


def _predict_alone(
    model: Model, one: _Input, requests: Sequence[Request], tell: Callable[[Predicted], None]
) -> Any:
    began = time.perf_counter()
    try:
        result = model.predict(one.data, requests[one.place])
    except Exception as error:  # noqa: BLE001 - whatever a model's function raises
        tell(Predicted(1, one.rows, time.perf_counter() - began, failed=True))
        return error
    tell(Predicted(1, one.rows, time.perf_counter() - began))
    return result


def _write(model: Model, prediction: Any, request: Request) -> Answer:
    if isinstance(prediction, Exception):
        return refusal(prediction, reading=False)
    try:
        return model.write(prediction, request)
    except Exception as error:  # noqa: BLE001 - whatever a model's function raises
        return refusal(error, reading=False)
