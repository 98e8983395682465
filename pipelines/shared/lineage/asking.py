"""Asking AWS in such a way that a refusal is a gap in the answer, not its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import ClientError

T = TypeVar("T")


class Asking:
    """Clients by service, and what could not be learnt from them."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.client = client
        self.gaps: list[str] = []

    def gap(self, what: str, why: str) -> None:
        """Note, once, what is not known and why."""
        if (told := f"{what}: {why}") not in self.gaps:
            self.gaps.append(told)

    def ask(self, what: str, question: Callable[[], T]) -> T | None:
        """Return the answer; ``None`` and a gap where AWS gives none."""
        try:
            return question()
        except ClientError as error:
            refused = error.response["Error"]
            self.gap(what, f"{refused['Code']}: {refused.get('Message', '')}".strip())
        return None

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a resource of SageMaker."""
        pages = self.client("sagemaker").get_paginator("list_tags")
        listed = self.ask(
            f"tags of {arn.rpartition(':')[2]}",
            lambda: [tag for page in pages.paginate(ResourceArn=arn) for tag in page["Tags"]],
        )
        return {tag["Key"]: tag["Value"] for tag in listed or []}

    def document(self, what: str, uri: str) -> Mapping[str, Any] | None:
        """Return a JSON object of S3; ``None`` and a gap where there is none."""
        bucket, key = split(uri)
        s3 = self.client("s3")
        found = self.ask(what, lambda: bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))
        if found is None:
            return None
        try:
            read = json.loads(found)
        except ValueError as error:
            self.gap(what, f"{uri} is no JSON: {error}")
            return None
        if not isinstance(read, dict):
            self.gap(what, f"{uri} must hold an object, got {type(read).__name__}")
            return None
        return read


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
