"""AWS CodePipeline: pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.model import StructureShape

from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

_TYPE_ID: Final = ("category", "owner", "provider", "version")
"""Properties of an action that AWS keeps one level deeper."""
_ARTIFACTS: Final = ("inputArtifacts", "outputArtifacts")
"""Names in Pulumi, structures with a name in AWS."""


class _Pipeline(Row):
    """``aws:codepipeline/pipeline:Pipeline``; its id is the name. Pulumi flattens its actions."""

    def shape(self, operation_name: str) -> StructureShape:
        """Return the shape of the pipeline that an operation takes, or of the operation."""
        shape = super().shape(operation_name)
        pipeline: Any = shape.members.get("pipeline", shape)
        return pipeline  # type: ignore[no-any-return]  # botocore leaves its shapes untyped

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the creation, which tags as well."""
        yield self.create_op, self.parameters(self.create_op, inputs)

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the pipeline as AWS nests it, with its tags when it is made."""
        told: dict[str, Any] = {"pipeline": super().parameters(operation_name, _nested(inputs))}
        if operation_name == self.create_op and inputs.get("tags"):
            told["tags"] = [{"key": k, "value": v} for k, v in inputs["tags"].items()]
        return told

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Do nothing: creation tags."""

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the pipeline with its ARN."""
        answer = self.call(aws, "GetPipeline", self._key(outputs))
        return {**answer["pipeline"], "pipelineArn": answer["metadata"]["pipelineArn"]}

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Flatten what was read."""
        return super().finish(aws, _flat(outputs), held)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Update in place; the name is told inside the pipeline, not beside it."""
        outputs = {**{k: v for k, v in old.items() if k in self.computed}, **new}
        if self._beyond_tags(old, new):
            self.call(aws, "UpdatePipeline", self.parameters("UpdatePipeline", new))
        if self.tagging:
            self.retag(aws, self.tagging, outputs, old, new)
        return self.read(aws, resource_id, outputs) or Created(id=resource_id, outputs=outputs)

    def _readable(self, outputs: Properties) -> dict[str, Any]:
        return _nested(super()._readable(outputs))


def _nested(properties: Properties) -> dict[str, Any]:
    """Return the properties of a pipeline in AWS's structure."""
    nested = dict(properties)
    if isinstance(stores := nested.pop("artifactStores", None), list):
        if len(stores) == 1:
            nested["artifactStore"] = stores[0]
        else:
            nested["artifactStores"] = {
                store["region"]: {key: store[key] for key in store.keys() - {"region"}}
                for store in stores
            }
    if isinstance(stages := nested.get("stages"), list):
        nested["stages"] = [
            {**stage, "actions": [_nested_action(action) for action in stage["actions"]]}
            for stage in stages
        ]
    return nested


def _nested_action(action: Mapping[str, Any]) -> dict[str, Any]:
    nested = {key: value for key, value in action.items() if key not in _TYPE_ID}
    nested["actionTypeId"] = {key: action[key] for key in _TYPE_ID if key in action}
    for key in _ARTIFACTS:
        if isinstance(nested.get(key), list):
            nested[key] = [{"name": name} for name in nested[key]]
    return nested


def _flat(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Return AWS's structure as Pulumi has it."""
    flat = dict(nested)
    if (store := flat.pop("artifactStore", None)) is not None:
        flat["artifactStores"] = [store]
    elif isinstance(stores := flat.get("artifactStores"), Mapping):
        flat["artifactStores"] = [{**store, "region": region} for region, store in stores.items()]
    flat["stages"] = [
        {**stage, "actions": [_flat_action(action) for action in stage["actions"]]}
        for stage in flat["stages"]
    ]
    return flat


def _flat_action(action: Mapping[str, Any]) -> dict[str, Any]:
    flat = {key: value for key, value in action.items() if key != "actionTypeId"}
    for key in _ARTIFACTS:
        if key in flat:
            flat[key] = [artifact["name"] for artifact in flat[key]]
    return {**flat, **action["actionTypeId"]}


TYPES: Final = (
    _Pipeline(
        token="aws:codepipeline/pipeline:Pipeline",
        source="internal/service/codepipeline/codepipeline.go",
        service="codepipeline",
        create_op="CreatePipeline",
        read_op="GetPipeline",
        read_path="pipeline",
        update_op="UpdatePipeline",
        delete_op="DeletePipeline",
        key={"name": "name"},
        id="name",
        autoname=AutoName("name", 100),
        computed={"arn": "pipelineArn"},
        defaults={"executionMode": "SUPERSEDED", "pipelineType": "V1"},
        renames={
            "stages.beforeEntry.condition": "conditions",
            "stages.onFailure.condition": "conditions",
            "stages.onSuccess.condition": "conditions",
            "triggers.gitConfiguration.pushes": "push",
            "triggers.gitConfiguration.pullRequests": "pullRequest",
        },
        required=("artifactStores", "roleArn", "stages"),
        replace_on=frozenset({"name"}),
        tagging=Tagging(
            "TagResource",
            "UntagResource",
            "ListTagsForResource",
            "resourceArn",
            tags="tags",
            listed="tags",
            keys="tagKeys",
        ),
        gone=frozenset({"PipelineNotFoundException"}),
    ),
)
