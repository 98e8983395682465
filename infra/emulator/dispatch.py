"""Takes each request to our routes, then to moto, and makes moto's crashes readable."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request

from infra.emulator.context import Route
from infra.emulator.refusal import refusal, scope

log = logging.getLogger(__name__)
UNGUARDED: Final = frozenset({"ec2"})
"""Services whose mappings moto walks through while other requests add to them."""


class Moto(DomainDispatcherApplication):
    """moto's server, which here looks up the service of a host name once, not at every request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backend = functools.lru_cache(maxsize=4096)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:  # noqa: ANN401 - moto's
        """Return the service; moto itself would list a directory and try some 200 patterns.

        Raises:
            NotImplementedError: no service of moto answers at this host.
        """
        found = self._backend(host)
        if found is None and host is not None:
            raise NotImplementedError(f"moto has no service at {host}")
        return found


class Dispatcher:
    """The emulator's WSGI application."""

    def __init__(self, routes: Sequence[Route], moto: WSGIApplication) -> None:
        self._routes = routes
        self._moto = moto
        self._one_by_one = {service: threading.Lock() for service in UNGUARDED}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; ``wsgi.input`` must be a ``BytesIO``."""
        body: bytes = environ["wsgi.input"].getvalue()
        try:
            request = Request(environ)
            for route in self._routes:
                if (response := route(request)) is not None:
                    return response(environ, start_response)
            environ["wsgi.input"] = io.BytesIO(body)
            return self._ask_moto(environ, start_response)
        except NotImplementedError as error:
            response = refusal(environ, body, "NotImplemented", str(error))
        except Exception as error:
            log.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            reason = f"{type(error).__name__}: {error}"
            response = refusal(environ, body, "InternalFailure", reason)
        return response(environ, start_response)

    def _ask_moto(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def hold(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> type[NotImplementedError]:
            del exc_info
            started.append((status, headers))
            return NotImplementedError

        with self._one_by_one.get(scope(environ)[0], contextlib.nullcontext()):
            chunks = list(self._moto(environ, hold))
        status, headers = started[-1]
        if status.startswith("404") and _is_page(headers, chunks):
            raise NotImplementedError("moto has no such path")
        start_response(status, headers)
        return chunks


def _is_page(headers: list[tuple[str, str]], chunks: list[bytes]) -> bool:
    """Tell whether the answer is Flask's own error page rather than a service's."""
    html = any(
        name.lower() == "content-type" and value.startswith("text/html") for name, value in headers
    )
    return html and b"".join(chunks).lower().startswith(b"<!doctype html>\n<html lang=en>")
