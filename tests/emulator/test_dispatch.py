"""How requests reach moto."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from infra.emulator.dispatch import Dispatcher


@pytest.mark.parametrize(("service", "together"), [("ec2", 1), ("sqs", 2)])
def test_services_that_moto_does_not_guard_are_asked_one_by_one(
    service: str, together: int
) -> None:
    inside, seen, met = [0], [0], threading.Event()
    counting = threading.Lock()

    def moto(environ: Any, start_response: Any) -> Iterable[bytes]:
        del environ
        with counting:
            inside[0] += 1
            seen[0] = max(seen[0], inside[0])
            if inside[0] == 2:
                met.set()
        met.wait(0.3 if together == 1 else 10)
        with counting:
            inside[0] -= 1
        start_response("200 OK", [])
        return [b""]

    dispatcher = Dispatcher([], moto)
    credential = f"AWS4-HMAC-SHA256 Credential=k/20261122/us-east-1/{service}/aws4_request, x"

    def ask() -> None:
        environ = {
            "HTTP_AUTHORIZATION": credential,
            "PATH_INFO": "/",
            "REQUEST_METHOD": "POST",
            "wsgi.input": io.BytesIO(b""),
        }
        list(dispatcher(environ, lambda *_: lambda _: None))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [together]
