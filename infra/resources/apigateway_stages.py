"""API Gateway: stages, and what applies to the methods of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from infra.resources._apigateway import API, ARN, TAGS, Patched, execution_arn, text
from infra.resources.handler import Clients, Created, Properties
from infra.resources.row import Row


class _Stage(Patched):
    """``aws:apigateway/stage:Stage``; its id is ``ags-api-stage``."""

    patch_op = "UpdateStage"
    patched: ClassVar[Mapping[str, str]] = {
        "cacheClusterEnabled": "/cacheClusterEnabled",
        "cacheClusterSize": "/cacheClusterSize",
        "deployment": "/deploymentId",
        "description": "/description",
        "xrayTracingEnabled": "/tracingEnabled",
    }

    def created(self, inputs: Properties, answer: Mapping[str, Any]) -> Created:  # noqa: ARG002 - it has no id
        """Return the id made of API and stage."""
        return Created(id=f"ags-{inputs['restApi']}-{inputs['stageName']}", outputs=dict(inputs))

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the creation, and the call that switches the access log on."""
        yield from super().requests(inputs)
        if operations := self._log_patches({}, inputs):
            yield self.patch_op, {**self._key(inputs), "patchOperations": operations}

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Switch the access log on, which creation cannot."""
        self._log_access(aws, {}, inputs)
        super().after_create(aws, created, inputs)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Patch what changed."""
        self._log_access(aws, old, new)
        if operations := _variable_patches(old, new):
            self.call(aws, self.patch_op, {**self._key(old), "patchOperations": operations})
        return super().update(aws, resource_id, old, new)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the ARNs, and where the stage is called at this endpoint."""
        api_id, stage = outputs["restApi"], outputs["stageName"]
        partition = aws("apigateway").meta.partition
        outputs |= {
            "arn": f"arn:{partition}:apigateway:{aws.region}::/restapis/{api_id}/stages/{stage}",
            "executionArn": f"{execution_arn(aws, api_id)}/{stage}",
            "invokeUrl": f"{aws.endpoint_url}/_aws/execute-api/{api_id}/{stage}",
        }
        return super().finish(aws, outputs, held)

    def _log_access(self, aws: Clients, old: Properties, new: Properties) -> None:
        if operations := self._log_patches(old, new):
            self.call(aws, self.patch_op, {**self._key(new), "patchOperations": operations})

    @staticmethod
    def _log_patches(old: Properties, new: Properties) -> list[dict[str, Any]]:
        before, after = old.get("accessLogSettings") or {}, new.get("accessLogSettings") or {}
        if before == after:
            return []
        return [
            {"op": "replace", "path": f"/accessLogSettings/{key}", "value": after[key]}
            for key in ("destinationArn", "format")
            if key in after
        ] or [{"op": "remove", "path": "/accessLogSettings"}]


class _MethodSettings(Row):
    """``aws:apigateway/methodSettings:MethodSettings``: a stage's throttling, logging, caching."""

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the call that sets the settings."""
        stage = {"restApiId": inputs["restApi"], "stageName": inputs["stageName"]}
        yield self.create_op, {**stage, "patchOperations": self._operations(inputs)}

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Set each setting."""
        self._set(aws, inputs)
        api_id, stage, path = inputs["restApi"], inputs["stageName"], inputs["methodPath"]
        return Created(id=f"{api_id}-{stage}-{path}", outputs=dict(inputs))

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:  # noqa: ARG002 - the protocol
        """Set each setting again."""
        self._set(aws, new)
        return Created(id=resource_id, outputs=dict(new))

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return the settings as they were set, as long as the stage stands."""
        stage = {"restApiId": outputs["restApi"], "stageName": outputs["stageName"]}
        try:
            self.call(aws, "GetStage", stage)
        except ClientError as error:
            if self.is_gone(error):
                return None
            raise
        return Created(id=resource_id, outputs=dict(outputs))

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Remove the settings of the path."""
        path = outputs["methodPath"].replace("/", "~1") if outputs["methodPath"] != "*/*" else "*/*"
        try:
            self._update_stage(aws, outputs, [{"op": "remove", "path": f"/{path}"}])
        except ClientError as error:
            if not self.is_gone(error):
                raise

    def _set(self, aws: Clients, inputs: Properties) -> None:
        self._update_stage(aws, inputs, self._operations(inputs))

    @staticmethod
    def _operations(inputs: Properties) -> list[dict[str, str]]:
        return [
            {"op": "replace", "path": f"/{inputs['methodPath']}/{path}", "value": text(value)}
            for key, path in _SETTINGS.items()
            if (value := inputs["settings"].get(key)) is not None
        ]

    def _update_stage(self, aws: Clients, inputs: Properties, operations: list[Any]) -> None:
        stage = {"restApiId": inputs["restApi"], "stageName": inputs["stageName"]}
        self.call(aws, "UpdateStage", {**stage, "patchOperations": operations})


_SETTINGS: Final = {
    "cacheDataEncrypted": "caching/dataEncrypted",
    "cacheTtlInSeconds": "caching/ttlInSeconds",
    "cachingEnabled": "caching/enabled",
    "dataTraceEnabled": "logging/dataTrace",
    "loggingLevel": "logging/loglevel",
    "metricsEnabled": "metrics/enabled",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
}


def _variable_patches(old: Properties, new: Properties) -> list[dict[str, str]]:
    before, after = old.get("variables") or {}, new.get("variables") or {}
    removed = [
        {"op": "remove", "path": f"/variables/{key}"} for key in before.keys() - after.keys()
    ]
    return removed + [
        {"op": "replace", "path": f"/variables/{key}", "value": value}
        for key, value in after.items()
        if before.get(key) != value
    ]


TYPES: Final = (
    _Stage(
        token="aws:apigateway/stage:Stage",
        source="internal/service/apigateway/stage.go",
        service="apigateway",
        create_op="CreateStage",
        read_op="GetStage",
        delete_op="DeleteStage",
        key={"restApiId": "restApi", "stageName": "stageName"},
        id="id",
        renames={
            **API,
            "deployment": "deploymentId",
            "xrayTracingEnabled": "tracingEnabled",
        },
        computed=ARN,
        extra=frozenset({"accessLogSettings"}),
        required=("restApi", "deployment", "stageName"),
        replace_on=frozenset({"restApi", "stageName"}),
        tagging=TAGS,
    ),
    _MethodSettings(
        token="aws:apigateway/methodSettings:MethodSettings",
        source="internal/service/apigateway/method_settings.go",
        service="apigateway",
        create_op="UpdateStage",
        delete_op="UpdateStage",
        key={},
        id="id",
        extra=frozenset({"restApi", "methodPath", "settings"}),
        required=("restApi", "stageName", "methodPath", "settings"),
        replace_on=frozenset({"restApi", "stageName", "methodPath"}),
    ),
)
