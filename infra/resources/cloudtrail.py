"""AWS CloudTrail: trails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.graph.model import UNKNOWN
from infra.resources._walk import from_aws, operation, to_aws
from infra.resources.handler import Clients, Created, Properties
from infra.resources.row import Row, Tagging

_RENAMES: Final = {
    "advancedEventSelectors.fieldSelectors": "FieldSelectors",
    "advancedEventSelectors.fieldSelectors.equals": "Equals",
    "advancedEventSelectors.fieldSelectors.startsWiths": "StartsWith",
    "advancedEventSelectors.fieldSelectors.endsWiths": "EndsWith",
    "advancedEventSelectors.fieldSelectors.notEquals": "NotEquals",
    "advancedEventSelectors.fieldSelectors.notStartsWiths": "NotStartsWith",
    "advancedEventSelectors.fieldSelectors.notEndsWiths": "NotEndsWith",
}


class _Trail(Row):
    """``aws:cloudtrail/trail:Trail``: what it records and whether it does are calls of their own.

    Its id is the ARN.
    """

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the creation and the selectors."""
        yield self.create_op, self.parameters(self.create_op, inputs)
        if inputs.get("advancedEventSelectors"):
            yield "PutEventSelectors", self._selectors(UNKNOWN, inputs)

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Say what it records, and let it begin."""
        self._settle(aws, created.id, {"enableLogging": False}, inputs)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Update the trail, what it records, whether it does, and its tags."""
        self._settle(aws, resource_id, old, new)
        return super().update(aws, resource_id, old, new)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add what it records and whether it does."""
        arn = held["TrailARN"]
        outputs["enableLogging"] = self.call(aws, "GetTrailStatus", {"Name": arn})["IsLogging"]
        if "advancedEventSelectors" in outputs:
            answer = self.call(aws, "GetEventSelectors", {"TrailName": arn})
            shape: Any = operation(self.service, "GetEventSelectors").output_shape
            asked = {"advancedEventSelectors": outputs["advancedEventSelectors"]}
            outputs.update(from_aws(shape, answer, asked, _RENAMES))
        return super().finish(aws, outputs, held)

    def _settle(self, aws: Clients, arn: str, old: Properties, new: Properties) -> None:
        selectors = new.get("advancedEventSelectors")
        if selectors and old.get("advancedEventSelectors") != selectors:
            self.call(aws, "PutEventSelectors", self._selectors(arn, new))
        if old.get("enableLogging") != new.get("enableLogging"):
            begin = "StartLogging" if new.get("enableLogging") else "StopLogging"
            self.call(aws, begin, {"Name": arn})

    def _selectors(self, arn: object, inputs: Properties) -> dict[str, Any]:
        wanted = {"advancedEventSelectors": inputs["advancedEventSelectors"]}
        return {"TrailName": arn, **to_aws(self.shape("PutEventSelectors"), wanted, _RENAMES)}

    def _listed_tags(self, aws: Clients, tagging: Tagging, outputs: Properties) -> dict[str, str]:
        answer = self.call(aws, tagging.list, {"ResourceIdList": [outputs["arn"]]})
        tags = answer["ResourceTagList"][0]["TagsList"]
        return {tag["Key"]: tag.get("Value", "") for tag in tags}

    def retag(
        self, aws: Clients, tagging: Tagging, outputs: Properties, old: Properties, new: Properties
    ) -> None:
        """Add and remove tags, which CloudTrail takes with their values both times."""
        before, after = old.get("tags") or {}, new.get("tags") or {}
        target = {tagging.target: outputs[tagging.target_property]}
        gone = [{"Key": key, "Value": tag} for key, tag in before.items() if key not in after]
        changed = [
            {"Key": key, "Value": tag} for key, tag in after.items() if before.get(key) != tag
        ]
        if gone:
            self.call(aws, tagging.remove, {**target, tagging.tags: gone})
        if changed:
            self.call(aws, tagging.add, {**target, tagging.tags: changed})


TYPES: Final = (
    _Trail(
        token="aws:cloudtrail/trail:Trail",
        source="internal/service/cloudtrail/trail.go",
        service="cloudtrail",
        create_op="CreateTrail",
        read_op="GetTrail",
        read_path="Trail",
        update_op="UpdateTrail",
        delete_op="DeleteTrail",
        key={"Name": "name"},
        id="arn",
        renames={
            "cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn",
            "tags": "TagsList",
        },
        computed={"arn": "TrailARN", "homeRegion": "HomeRegion", "snsTopicArn": "SnsTopicARN"},
        defaults={
            "enableLogFileValidation": False,
            "enableLogging": True,
            "includeGlobalServiceEvents": True,
            "isMultiRegionTrail": False,
            "isOrganizationTrail": False,
        },
        extra=frozenset({"advancedEventSelectors", "enableLogging"}),
        required=("name", "s3BucketName"),
        replace_on=frozenset({"name"}),
        gone=frozenset({"TrailNotFoundException"}),
        tagging=Tagging("AddTags", "RemoveTags", "ListTags", target="ResourceId", tags="TagsList"),
    ),
)
