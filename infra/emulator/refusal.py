"""Errors in the words of the protocol that the caller speaks.

What the emulator lacks is answered with status 501: boto3 would retry 500.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]*)/([^/]*)/aws4_request")
_S3 = {"s3", "s3-outposts", "s3express"}


def scope(environ: WSGIEnvironment) -> tuple[str, str]:
    """Return service and region that the request was signed for; empty where it was not."""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return (found[2], found[1]) if found else ("", "")


def operation(environ: WSGIEnvironment, body: bytes) -> str:
    """Return the operation's name, or method and path where the protocol names none."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(body.decode("utf-8", "replace")).get("Action")
        if action:
            return action[0]
    path: str = environ["PATH_INFO"]
    if "/operation/" in path:
        return path.rpartition("/")[2]
    return f"{environ['REQUEST_METHOD']} {path}"


def refusal(environ: WSGIEnvironment, body: bytes, code: str, reason: str) -> Response:
    """Return a 501 that names service, operation and reason."""
    service, _ = scope(environ)
    message = (
        f"the emulator does not implement {service or 'the service'}:{operation(environ, body)}"
        if code == "NotImplemented"
        else f"the emulator failed in {service or 'the service'}:{operation(environ, body)}"
    )
    return error(environ, body, 501, code, f"{message} ({reason})")


def error(environ: WSGIEnvironment, body: bytes, status: int, code: str, message: str) -> Response:
    """Return an error that botocore reads as ``code`` and ``message``."""
    service, _ = scope(environ)
    kind = environ.get("CONTENT_TYPE", "")
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        return Response(
            _cbor({"__type": code, "message": message}),
            status,
            {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"},
        )
    if service == "ec2":
        return _xml(status, _ec2(code, message))
    if service in _S3:
        return _xml(status, f"<Error>{_pair(code, message)}</Error>")
    if kind.startswith("application/x-www-form-urlencoded") and b"Action=" in body:
        inner = f"<Error><Type>Sender</Type>{_pair(code, message)}</Error>"
        return _xml(status, f"<ErrorResponse>{inner}</ErrorResponse>")
    return Response(
        json.dumps({"__type": code, "message": message}),
        status,
        {"Content-Type": "application/json", "x-amzn-errortype": code},
    )


def _pair(code: str, message: str) -> str:
    return f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"


def _ec2(code: str, message: str) -> str:
    return f"<Response><Errors><Error>{_pair(code, message)}</Error></Errors></Response>"


def _xml(status: int, text: str) -> Response:
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    return Response(declaration + text, status, {"Content-Type": "text/xml"})


def _cbor(strings: dict[str, Any]) -> bytes:
    """Encode a map of at most 23 strings (RFC 8949, major types 5 and 3)."""
    parts = [bytes([0xA0 | len(strings)])]
    for text in (part for pair in strings.items() for part in pair):
        encoded = text.encode()
        parts.append(b"\x7a" + len(encoded).to_bytes(4, "big") + encoded)
    return b"".join(parts)
