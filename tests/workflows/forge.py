"""A forge's API on the loopback: it keeps what is posted, and who asked with which token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = Callable[[dict[str, str], dict[str, Any]], Any]


@dataclass
class Forge:
    """Answers by method and path; what has no answer is 404."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    url: str = ""

    def on(self, method: str, path: str, answer: Any) -> None:
        self.answers[method, path] = answer if callable(answer) else lambda *_: answer

    def bodies(self, method: str, path: str) -> list[dict[str, Any]]:
        return [body for m, p, _, body in self.asked if (m, p) == (method, path)]

    @property
    def written(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _, _ in self.asked if method != "GET"]


@contextmanager
def serving() -> Iterator[Forge]:
    forge = Forge()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            query = dict(parse_qsl(parts.query))
            forge.asked.append((self.command, parts.path, query, body))
            forge.tokens |= {
                self.headers[key] for key in ("Authorization", "PRIVATE-TOKEN") if self.headers[key]
            }
            answer = forge.answers.get((self.command, parts.path))
            found = None if answer is None else answer(query, body)
            content = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(404 if answer is None else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        forge.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield forge
        server.shutdown()
        thread.join()
