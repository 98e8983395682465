"""Listings of S3: of versions only what is asked for, and those of objects straight as XML.

moto copies every version of a bucket whole before it looks at the prefix: half a second for each
question about one object. It builds every answer through botocore's model of the service, parsing
and formatting each time on the way: over 100 ms for a page of a thousand objects, and an offline
store has many pages. The content stays moto's; only the last step, from plain values to XML, is
ours.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response

from infra.emulator.context import Context
from infra.emulator.patches import replace

ACTION = "ListObjectsV2"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def install(context: Context) -> None:
    """Write the answers of ``ListObjectsV2``, narrow ``ListObjectVersions``; all else is moto's."""
    replace(context, S3Response, "serialized", serialized)

    def list_object_versions(backend: S3Backend, bucket_name: str, **asked: Any) -> Any:  # noqa: ANN401 - moto's
        bucket = narrowed(backend.get_bucket(bucket_name), asked.get("prefix") or "")
        return whole(_Bucket(bucket), bucket_name, **asked)

    whole = replace(context, S3Backend, "list_object_versions", list_object_versions)


@dataclass(frozen=True, slots=True)
class _Bucket:
    """Stands for a backend whose one bucket this is."""

    bucket: FakeBucket

    def get_bucket(self, bucket_name: str) -> FakeBucket:  # noqa: ARG002 - as the backend's
        """Return the bucket."""
        return self.bucket


def narrowed(bucket: FakeBucket, prefix: str) -> FakeBucket:
    """Return a bucket that holds the same versions of the keys that begin so, and no others."""
    found = copy.copy(bucket)
    found.keys = type(bucket.keys)()
    for key in list(bucket.keys):
        if key.startswith(prefix):
            found.keys.setlist(key, bucket.keys.getlist(key))
    return found


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
