"""What the rows of Amazon EC2 share: EC2 describes in lists, and tags by ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jmespath

from infra.graph.model import UNKNOWN
from infra.resources._walk import tags_from_aws
from infra.resources.handler import Clients, Properties
from infra.resources.row import Row, Tagging

EC2_TAGS: Final = Tagging(
    "CreateTags", "DeleteTags", "DescribeTags", target="Resources", target_property="id"
)


@dataclass(frozen=True, kw_only=True)
class Ec2Row(Row):
    """A resource that is described by its id in a list; the id is an output for it."""

    ids: str
    """Parameter of ``read_op`` that takes ids, for example ``VpcIds``."""
    arn_kind: str
    """What stands before the id in the ARN, for example ``vpc``."""
    service: str = "ec2"
    tagging: Tagging | None = EC2_TAGS

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the first of the list; ``None`` when the list is empty."""
        answer = self.call(aws, str(self.read_op), {self.ids: [outputs["id"]]})
        held: Mapping[str, Any] | None = jmespath.search(self.read_path, answer)
        return held

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add id, ARN and tags: EC2 tells the tags with the rest."""
        outputs.update(self._computed(held))
        outputs["arn"] = self._arn(aws, outputs["id"])
        if "tags" in outputs:
            outputs["tags"] = outputs["tagsAll"] = tags_from_aws(held.get("Tags"))
        return outputs

    def retag(
        self, aws: Clients, tagging: Tagging, outputs: Properties, old: Properties, new: Properties
    ) -> None:
        """Add and remove tags, which EC2 takes for lists of resources."""
        before, after = old.get("tags") or {}, new.get("tags") or {}
        resources = [outputs["id"]]
        if gone := sorted(before.keys() - after.keys()):
            tags = [{"Key": key} for key in gone]
            self.call(aws, tagging.remove, {"Resources": resources, "Tags": tags})
        if changed := {key: tag for key, tag in after.items() if before.get(key) != tag}:
            tags = [{"Key": key, "Value": tag} for key, tag in changed.items()]
            self.call(aws, tagging.add, {"Resources": resources, "Tags": tags})

    def _tag_requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if self.tagging and (tags := inputs.get("tags")):
            told = [{"Key": key, "Value": value} for key, value in tags.items()]
            yield self.tagging.add, {"Resources": [UNKNOWN], "Tags": told}

    def _old_key(self, old: Properties) -> dict[str, Any]:
        return {"id": old["id"]}

    def _arn(self, aws: Clients, resource_id: str) -> str:
        return f"arn:aws:ec2:{aws.region}:{aws.account_id}:{self.arn_kind}/{resource_id}"
