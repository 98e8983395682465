"""S3 objects: files, text, or an archive, compared by content."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from infra.graph.assets import opened
from infra.resources._walk import tags_from_aws
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.row import Row

CONTENTS = ("source", "content", "contentBase64")


class BucketObject(Row):
    """One object. A key that moves is another object; a new content is put over the old."""

    def check(self, name: str, inputs: Properties, old: Properties | None = None) -> dict[str, Any]:
        """Return the inputs; the key is the logical name when left out.

        Raises:
            InputError: not exactly one of ``CONTENTS`` is given.
        """
        given = [key for key in CONTENTS if inputs.get(key) is not None]
        if len(given) > 1:
            raise InputError(f"{self.token} {name!r}: give one of {CONTENTS}, got {given}")
        return super().check(name, {"key": name, **inputs}, old)

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return what is put, but for the content."""
        hidden = {*CONTENTS, "tags", "sourceHash", "forceDestroy", "etag"}
        plain = {key: value for key, value in inputs.items() if key not in hidden}
        parameters = super().parameters(operation_name, plain)
        if "kmsKeyId" in inputs:
            parameters.setdefault("ServerSideEncryption", "aws:kms")
        if tags := inputs.get("tags"):
            parameters["Tagging"] = urlencode(tags)
        return parameters

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the one call, which tags too."""
        yield self.create_op, self.parameters(self.create_op, inputs)

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Put the content."""
        return self._put(aws, inputs)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:  # noqa: ARG002 - the protocol
        """Put the new content over the old, tags included."""
        return self._put(aws, new)

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return the object's head and tags; the content is known by its ETag."""
        s3, where = aws("s3"), {"Bucket": outputs["bucket"], "Key": outputs["key"]}
        try:
            head = s3.head_object(**where)
        except ClientError as error:
            if self.is_gone(error):
                return None
            raise
        read = {**outputs, **self._told(head)}
        if outputs.get("tags"):
            read["tags"] = read["tagsAll"] = tags_from_aws(s3.get_object_tagging(**where)["TagSet"])
        return Created(id=resource_id, outputs=read)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Delete the object with all its versions, as pulumi-aws does."""
        s3, bucket, key = aws("s3"), outputs["bucket"], outputs["key"]
        try:
            pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
            for page in pages:
                for held in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                    if held["Key"] == key:
                        s3.delete_object(Bucket=bucket, Key=key, VersionId=held["VersionId"])
        except ClientError as error:
            if not self.is_gone(error):
                raise

    def _put(self, aws: Clients, inputs: Properties) -> Created:
        parameters = self.parameters(self.create_op, inputs)
        answer = aws("s3").put_object(Body=_content(inputs), **parameters)
        outputs = {**inputs, **self._told(answer)}
        outputs["arn"] = f"arn:aws:s3:::{inputs['bucket']}/{inputs['key']}"
        if "tags" in inputs:
            outputs["tagsAll"] = inputs["tags"]
        return Created(id=f"{inputs['bucket']}/{inputs['key']}", outputs=outputs)

    @staticmethod
    def _told(answer: Mapping[str, Any]) -> dict[str, Any]:
        told = {"etag": answer["ETag"].strip('"')}
        if version := answer.get("VersionId"):
            told["versionId"] = version
        return told


def _content(inputs: Properties) -> bytes:
    if (source := inputs.get("source")) is not None:
        return opened(source).read()
    if (encoded := inputs.get("contentBase64")) is not None:
        return base64.b64decode(encoded)
    return str(inputs.get("content", "")).encode()


TYPES = tuple(
    BucketObject(
        token=token,
        source="internal/service/s3/object.go",
        service="s3",
        create_op="PutObject",
        read_op="HeadObject",
        update_op="PutObject",
        delete_op="DeleteObject",
        key={"Bucket": "bucket", "Key": "key"},
        id="key",
        renames={"kmsKeyId": "SSEKMSKeyId", "websiteRedirect": "WebsiteRedirectLocation"},
        extra=frozenset({*CONTENTS, "tags", "sourceHash", "forceDestroy", "etag"}),
        required=("bucket",),
        replace_on=frozenset({"bucket", "key"}),
    )
    for token in (
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:s3/bucketObject:BucketObject",
    )
)
