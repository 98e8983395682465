"""EventBridge: rules and their targets, which pulumi-aws keeps under ``aws:cloudwatch``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError
from botocore.model import StructureShape

from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging


class _Rule(Row):
    """``aws:cloudwatch/eventRule:EventRule``; its id is the name, after the bus unless default."""

    def created(self, inputs: Properties, answer: Mapping[str, Any]) -> Created:
        """Return the id made of bus and name."""
        bus, name = inputs.get("eventBusName", "default"), inputs["name"]
        outputs = {**inputs, "arn": answer["RuleArn"]}
        return Created(id=name if bus == "default" else f"{bus}/{name}", outputs=outputs)

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the rule; an existing one takes its tags by an operation of its own."""
        return super().parameters(operation_name, {k: v for k, v in inputs.items() if k != "tags"})

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Tag it."""
        if self.tagging and inputs.get("tags"):
            self.retag(aws, self.tagging, created.outputs, {}, inputs)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Delete it; ``forceDestroy`` takes rules that AWS itself manages too."""
        forced = {"Force": True} if outputs.get("forceDestroy") else {}
        try:
            self.call(aws, self.delete_op, {**self._key(outputs), **forced})
        except ClientError as error:
            if not self.is_gone(error):
                raise


class _Target(Row):
    """``aws:cloudwatch/eventTarget:EventTarget``; its id is ``rule-targetId``."""

    def shape(self, operation_name: str) -> StructureShape:
        """Return the shape of one target, which is what a target's properties describe."""
        shape: Any = super().shape(operation_name)
        return shape.members["Targets"].member  # type: ignore[no-any-return]  # botocore is untyped

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the call that puts the target."""
        yield "PutTargets", self._all(inputs)

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Put the target.

        Raises:
            RuntimeError: EventBridge takes the call and refuses the target.
        """
        self._put(aws, inputs)
        bus, rule, target = inputs.get("eventBusName"), inputs["rule"], inputs["targetId"]
        named = f"{rule}-{target}" if bus in (None, "default") else f"{bus}-{rule}-{target}"
        return self.read(aws, named, inputs) or Created(id=named, outputs=dict(inputs))

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:  # noqa: ARG002 - the protocol
        """Put the target again, which overwrites it."""
        self._put(aws, new)
        return self.read(aws, resource_id, new) or Created(id=resource_id, outputs=dict(new))

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the target from among those of its rule."""
        pages = aws("events").get_paginator("list_targets_by_rule").paginate(**self._rule(outputs))
        targets = [target for page in pages for target in page["Targets"]]
        found = [target for target in targets if target["Id"] == outputs["targetId"]]
        return found[0] if found else None

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Remove the target."""
        forced = {"Force": True} if outputs.get("forceDestroy") else {}
        parameters = {**self._rule(outputs), "Ids": [outputs["targetId"]], **forced}
        try:
            self.call(aws, self.delete_op, parameters)
        except ClientError as error:
            if not self.is_gone(error):
                raise

    def _put(self, aws: Clients, inputs: Properties) -> None:
        answer = self.call(aws, "PutTargets", self._all(inputs))
        if refused := answer.get("FailedEntries"):
            entry = refused[0]
            raise RuntimeError(f"PutTargets: {entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")

    def _all(self, inputs: Properties) -> dict[str, Any]:
        return {**self._rule(inputs), "Targets": [self.parameters("PutTargets", inputs)]}

    @staticmethod
    def _rule(outputs: Properties) -> dict[str, Any]:
        bus = outputs.get("eventBusName")
        return {"Rule": outputs["rule"], **({"EventBusName": bus} if bus else {})}


TYPES: Final = (
    _Rule(
        token="aws:cloudwatch/eventRule:EventRule",
        source="internal/service/events/rule.go",
        service="events",
        create_op="PutRule",
        read_op="DescribeRule",
        update_op="PutRule",
        delete_op="DeleteRule",
        key={"Name": "name", "EventBusName": "eventBusName"},
        id="name",
        autoname=AutoName("name", maximum=64),
        computed={"arn": "Arn"},
        defaults={"eventBusName": "default", "state": "ENABLED"},
        extra=frozenset({"forceDestroy"}),
        replace_on=frozenset({"name", "namePrefix", "eventBusName"}),
        tagging=Tagging(
            "TagResource", "UntagResource", "ListTagsForResource", target="ResourceARN"
        ),
    ),
    _Target(
        token="aws:cloudwatch/eventTarget:EventTarget",
        source="internal/service/events/target.go",
        service="events",
        create_op="PutTargets",
        read_op="ListTargetsByRule",
        read_path="Targets",
        delete_op="RemoveTargets",
        key={},
        id="targetId",
        autoname=AutoName("targetId", maximum=64),
        renames={
            "targetId": "Id",
            "inputTransformer.inputPaths": "InputPathsMap",
            "sagemakerPipelineTarget": "SageMakerPipelineParameters",
            "sqsTarget": "SqsParameters",
            "httpTarget": "HttpParameters",
            "ecsTarget": "EcsParameters",
            "batchTarget": "BatchParameters",
            "kinesisTarget": "KinesisParameters",
            "redshiftTarget": "RedshiftDataParameters",
        },
        extra=frozenset({"rule", "eventBusName", "forceDestroy"}),
        required=("arn", "rule"),
        replace_on=frozenset({"rule", "eventBusName", "targetId"}),
    ),
)
