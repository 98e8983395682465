"""What API Gateway's types share: tags, patch operations on paths, ARNs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from infra.resources.handler import Clients, Created, Properties
from infra.resources.row import Row, Tagging

API: Final = {"restApi": "restApiId"}
TAGS: Final = Tagging(
    "TagResource",
    "UntagResource",
    "GetTags",
    "resourceArn",
    tags="tags",
    listed="tags",
    keys="tagKeys",
)
ARN: Final = {"arn": "arn"}
"""API Gateway tells no ARN: made by the type, and kept over updates as if it had been told."""


class Patched(Row):
    """A type that is changed by patch operations on paths, and told together with its tags."""

    patched: ClassVar[Mapping[str, str]] = {}
    """Property to path."""
    patch_op = ""

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Patch what changed."""
        if operations := patches(old, new, self.patched):
            self.call(aws, self.patch_op, {**self._key(old), "patchOperations": operations})
        return super().update(aws, resource_id, old, new)

    def _listed_tags(self, aws: Clients, tagging: Tagging, outputs: Properties) -> dict[str, str]:
        held = self.call(aws, str(self.read_op), self._key(outputs))
        return dict(held.get(tagging.listed) or {})


def patches(
    old: Mapping[str, Any], new: Mapping[str, Any], paths: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return the patch operations that make ``new`` of ``old``."""
    return [
        {"op": "replace", "path": path, "value": text(new.get(key, ""))}
        for key, path in paths.items()
        if old.get(key) != new.get(key)
    ]


def text(value: object) -> str:
    """Return a value as patch operations spell it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def execution_arn(aws: Clients, api_id: str) -> str:
    """Return the ARN under which the API is invoked."""
    partition = aws("apigateway").meta.partition
    return f"arn:{partition}:execute-api:{aws.region}:{aws.account_id}:{api_id}"
