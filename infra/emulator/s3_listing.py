"""Listings of S3, written straight as XML.

moto builds every answer through botocore's model of the service, parsing and formatting each time
on the way: over 100 ms for a page of a thousand objects, and an offline store has many pages. The
content stays moto's; only the last step, from plain values to XML, is ours.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult
from moto.s3.responses import S3Response

from infra.emulator.context import Context
from infra.emulator.patches import replace

ACTION = "ListObjectsV2"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def install(context: Context) -> None:
    """Write the answers of ``ListObjectsV2``; every other answer stays moto's."""
    replace(context, S3Response, "serialized", serialized)


def serialized(response: S3Response, action_result: ActionResult) -> Any:  # noqa: ANN401 - moto's
    """Return status, headers and body of an answer."""
    result = action_result.result
    if response.data.get("Action") != ACTION or not isinstance(result, dict):
        return super(S3Response, response).serialized(action_result)
    content = "".join(element(name, value) for name, value in result.items())
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ListBucketResult xmlns="{NAMESPACE}">{content}</ListBucketResult>'
    )
    headers = {"Content-Type": "application/xml", **response.response_headers}
    return HTTPStatus.OK.value, headers, body


def element(name: str, value: object) -> str:
    """Return a value as XML: a list as one element after the other, nothing where there is none."""
    match value:
        case None:
            return ""
        case list():
            return "".join(element(name, one) for one in value)
        case dict():
            inner = "".join(element(key, one) for key, one in value.items())
        case bool():
            inner = str(value).lower()
        case _:
            inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"
