"""Parts of a page, asked for side by side: one that fails says so, and the others still show."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
)

from infra.apply.state import StateError
from infra.emulator.remote import AdminError
from stacks.errors import StackError

WORKERS: Final = 8
PATIENCE_SECONDS: Final = 25.0
EXPECTED: Final = (AdminError, BotoCoreError, ClientError, LookupError, StackError, StateError)
DENIED: Final = ("AccessDenied", "UnauthorizedOperation", "NotAuthorized", "Forbidden")
EXPIRED: Final = ("ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient", "RequestExpired")

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """What is known for a part of a page, or why it is not."""

    value: Any = None
    trouble: str = ""
    """What went wrong, in words; empty where nothing did."""


class Asker:
    """Asks several questions at once."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="ui")
        self._patience = patience_seconds

    def ask(self, questions: Mapping[str, Callable[[], Any]]) -> dict[str, Panel]:
        """Return the answers by the questions' names; none waits longer than the patience."""
        asked: dict[str, Future[Panel]] = {
            name: self._pool.submit(answered, question) for name, question in questions.items()
        }
        done, _ = wait(asked.values(), timeout=self._patience)
        late = Panel(trouble=f"No answer came within {self._patience:g} seconds.")
        return {name: one.result() if one in done else late for name, one in asked.items()}

    def close(self) -> None:
        """Wait for nothing that is still asked."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def answered(question: Callable[[], Any]) -> Panel:
    """Return the answer, or in words why there is none."""
    try:
        return Panel(value=question())
    except EXPECTED as error:
        return Panel(trouble=in_words(error))
    except Exception:
        log.exception("a part of a page failed")
        return Panel(trouble="This part failed; the terminal of mlops ui says why.")


def in_words(error: Exception) -> str:
    """Say what went wrong so that a person can act on it."""
    match error:
        case ClientError():
            told = _refused(error)
        case EndpointConnectionError():
            told = f"Nothing answers at {error.kwargs['endpoint_url']}. Does the emulator run?"
        case HTTPClientError():
            told = f"The connection broke or no answer came in time: {error}"
        case NoCredentialsError():
            told = "There are no AWS credentials: set AWS_PROFILE, or sign in."
        case LookupError():
            told = str(error.args[0] if error.args else error)
        case _:
            told = str(error)
    return told


def _refused(error: ClientError) -> str:
    told = error.response.get("Error", {})
    code, message = told.get("Code", ""), told.get("Message", "")
    operation = error.operation_name
    if any(one in code for one in DENIED):
        return f"Access denied: whoever runs this page may not call {operation}. {message}"
    if any(one in code for one in EXPIRED):
        return f"The credentials are no longer good ({code}): sign in again. {message}"
    if "Throttl" in code or code == "TooManyRequestsException":
        return f"AWS asks for fewer calls ({operation}: {code}); the next refresh tries again."
    return f"{operation} was refused: {code}: {message}"
