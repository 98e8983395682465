"""What AWS has no call for: the clock, rest, and the state of the stacks that stand here.

Under ``/_mlops``:

- ``GET clock`` answers ``{"now": ISO}``; ``POST clock {"advance_to": ISO}`` moves it forward and
  answers once everything due until then has run (400 for a time in the past, 504 without rest
  within ``settle_seconds``, 900 unless given).
- ``GET status`` answers ``{"endpoint", "pid", "now", "work"}``.
- ``POST settle`` waits for rest.
- ``POST interrupt {"training_job", "region", "wait_seconds"}`` takes a running training job's spot
  capacity away (400 where it has none, or trains not); 0 seconds unless given.
- ``POST quotas {"region", "name", "value"}`` grants a quota of SageMaker (400 for an unknown one).
- ``GET stacks`` lists names; ``GET|PUT|DELETE stacks/<stack>`` reads (404: none), writes and
  removes a stack's state, a JSON document; to write, send the lock's id in ``X-Lock`` (else 409).
- ``POST stacks/<stack>/lock {"pid", "owner"}`` answers ``{"lock": id}``, or 409 with the holder's
  ``{"pid", "owner", "since"}``; ``DELETE`` gives it back. A lock dies with its process.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from moto.sagemaker.models import sagemaker_backends
from werkzeug.wrappers import Request, Response

from infra.emulator import jobs, quotas
from infra.emulator.context import Context
from infra.emulator.jobs.job import TRAINING
from infra.emulator.jobs.store import held
from infra.emulator.processes import is_alive

PREFIX = "/_mlops/"


@dataclass(frozen=True, slots=True)
class Lock:
    """Who may change a stack."""

    id: str
    pid: int
    owner: str
    since: str


class Admin:
    """Answers requests below ``/_mlops``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._states: dict[str, bytes] = {}
        self._locks: dict[str, Lock] = {}
        self._guard = threading.Lock()

    def __call__(self, request: Request) -> Response | None:
        """Answer, or leave requests for AWS alone."""
        if not request.path.startswith(PREFIX):
            return None
        parts = request.path.removeprefix(PREFIX).strip("/").split("/")
        try:
            return self._answer(request, parts)
        except (ValueError, TypeError, KeyError) as error:
            return _json({"message": f"{type(error).__name__}: {error}"}, 400)
        except TimeoutError as error:
            return _json({"message": str(error)}, 504)

    def _answer(  # noqa: PLR0911 - a table
        self, request: Request, parts: list[str]
    ) -> Response:
        match [request.method, *parts]:
            case ["GET", "clock"]:
                return _json({"now": self._now()})
            case ["POST", "clock"]:
                return self._advance(request)
            case ["GET", "status"]:
                return _json(self._status())
            case ["POST", "settle"]:
                self._context.clock.settle()
                return _json({"now": self._now()})
            case ["POST", "interrupt"]:
                return self._interrupt(request)
            case ["POST", "quotas"]:
                return self._grant(request)
            case ["GET", "stacks"]:
                return _json({"stacks": sorted(self._states)})
            case ["GET", "stacks", stack]:
                return self._read(stack)
            case ["PUT" | "DELETE", "stacks", stack]:
                return self._write(request, stack)
            case ["POST", "stacks", stack, "lock"]:
                return self._take(request, stack)
            case ["DELETE", "stacks", stack, "lock"]:
                return self._release(request, stack)
        return _json({"message": f"no {request.method} {request.path}"}, 404)

    def _now(self) -> str:
        return self._context.clock.now().isoformat()

    def _status(self) -> dict[str, Any]:
        return {
            "endpoint": self._context.endpoint_url,
            "pid": os.getpid(),
            "now": self._now(),
            "work": self._context.work.names(),
        }

    def _advance(self, request: Request) -> Response:
        asked = _body(request)
        when = datetime.fromisoformat(asked["advance_to"])
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
        self._context.clock.advance_to(when, settle_seconds=float(asked.get("settle_seconds", 900)))
        return _json({"now": self._now()})

    def _interrupt(self, request: Request) -> Response:
        asked = _body(request)
        name, region = asked["training_job"], asked["region"]
        job = held(sagemaker_backends[self._context.account_id][region], TRAINING).get(name)
        if job is None:
            raise ValueError(f"training_job must be one of {region}, got {name!r}")
        waits = float(asked.get("wait_seconds", 0))
        jobs.engine(self._context).interrupt(job, wait_seconds=waits)
        return _json({})

    def _grant(self, request: Request) -> Response:
        asked = _body(request)
        if (book := quotas.book(self._context)) is None:
            raise ValueError("this emulator must have the part quotas")
        book.set(asked["region"], asked["name"], float(asked["value"]))
        return _json({})

    def _read(self, stack: str) -> Response:
        state = self._states.get(stack)
        if state is None:
            return _json({"message": f"no stack {stack!r}"}, 404)
        return Response(state, 200, {"Content-Type": "application/json"})

    def _write(self, request: Request, stack: str) -> Response:
        with self._guard:
            if conflict := self._conflict(request, stack):
                return conflict
            if request.method == "DELETE":
                self._states.pop(stack, None)
            else:
                json.loads(request.get_data())
                self._states[stack] = request.get_data()
        return _json({})

    def _take(self, request: Request, stack: str) -> Response:
        asked = _body(request)
        with self._guard:
            if held := self._holder(stack):
                return _held(stack, held)
            lock = Lock(uuid.uuid4().hex, int(asked["pid"]), str(asked["owner"]), self._now())
            self._locks[stack] = lock
        return _json({"lock": lock.id})

    def _release(self, request: Request, stack: str) -> Response:
        with self._guard:
            held = self._holder(stack)
            if held and held.id != request.headers.get("X-Lock"):
                return _held(stack, held)
            self._locks.pop(stack, None)
        return _json({})

    def _conflict(self, request: Request, stack: str) -> Response | None:
        held = self._holder(stack)
        if held is None:
            return _json({"message": f"stack {stack!r} must be locked to be written"}, 409)
        return None if held.id == request.headers.get("X-Lock") else _held(stack, held)

    def _holder(self, stack: str) -> Lock | None:
        held = self._locks.get(stack)
        return held if held and is_alive(held.pid) else None


def _held(stack: str, lock: Lock) -> Response:
    holder = {key: value for key, value in asdict(lock).items() if key != "id"}
    message = f"stack {stack!r} is locked by {lock.owner} (pid {lock.pid}) since {lock.since}"
    return _json({"message": message, **holder}, 409)


def _body(request: Request) -> dict[str, Any]:
    asked = json.loads(request.get_data() or b"{}")
    if not isinstance(asked, dict):
        raise TypeError(f"body must be a JSON object, got {type(asked).__name__}")
    return asked


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, {"Content-Type": "application/json"})


def install(context: Context) -> None:
    """Answer below ``/_mlops``, before anything else."""
    answer: Callable[[Request], Response | None] = Admin(context)
    context.routes.insert(0, answer)
