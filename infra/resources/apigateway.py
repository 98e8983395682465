"""API Gateway: REST APIs, their resources, methods, integrations, deployments and stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

_API: Final = {"restApi": "restApiId"}
_TAGS: Final = Tagging(
    "TagResource",
    "UntagResource",
    "GetTags",
    "resourceArn",
    tags="tags",
    listed="tags",
    keys="tagKeys",
)


class _Patched(Row):
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


class _RestApi(_Patched):
    """``aws:apigateway/restApi:RestApi``; its id is API Gateway's."""

    patch_op = "UpdateRestApi"
    patched: ClassVar[Mapping[str, str]] = {
        "apiKeySource": "/apiKeySource",
        "description": "/description",
        "disableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
        "minimumCompressionSize": "/minimumCompressionSize",
        "name": "/name",
        "policy": "/policy",
    }

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the ARNs and the id of the root resource."""
        api_id, partition = held["id"], aws("apigateway").meta.partition
        outputs |= {
            "id": api_id,
            "arn": f"arn:{partition}:apigateway:{aws.region}::/restapis/{api_id}",
            "executionArn": _execution_arn(aws, api_id),
            "rootResourceId": outputs.get("rootResourceId") or _root(aws, api_id),
        }
        return super().finish(aws, outputs, held)


class _Resource(_Patched):
    """``aws:apigateway/resource:Resource``: one part of a path."""

    patch_op = "UpdateResource"
    patched: ClassVar[Mapping[str, str]] = {"parentId": "/parentId", "pathPart": "/pathPart"}


class _Method(_Patched):
    """``aws:apigateway/method:Method``; its id is ``agm-api-resource-method``."""

    patch_op = "UpdateMethod"
    patched: ClassVar[Mapping[str, str]] = {
        "apiKeyRequired": "/apiKeyRequired",
        "authorization": "/authorizationType",
        "authorizerId": "/authorizerId",
        "operationName": "/operationName",
        "requestValidatorId": "/requestValidatorId",
    }

    def created(self, inputs: Properties, answer: Mapping[str, Any]) -> Created:  # noqa: ARG002 - it has no id
        """Return the id made of what the method belongs to."""
        return Created(id=_joined("agm", inputs), outputs=dict(inputs))


class _Integration(Row):
    """``aws:apigateway/integration:Integration``: putting one overwrites the one that stands."""

    def created(self, inputs: Properties, answer: Mapping[str, Any]) -> Created:  # noqa: ARG002 - it has no id
        """Return the id made of what the integration belongs to."""
        return Created(id=_joined("agi", inputs), outputs=dict(inputs))

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the integration; ``None`` where the method has none."""
        held = super().described(aws, outputs)
        return held if held and "type" in held else None


class _Stage(_Patched):
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
            "executionArn": f"{_execution_arn(aws, api_id)}/{stage}",
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


class _RestApiPolicy(Row):
    """``aws:apigateway/restApiPolicy:RestApiPolicy``: an API's policy; its id is the API's."""

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the call that sets the policy."""
        patch = {"op": "replace", "path": "/policy", "value": inputs["policy"]}
        yield self.create_op, {"restApiId": inputs["restApiId"], "patchOperations": [patch]}

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Set the policy."""
        api_id = str(inputs["restApiId"])
        self._patch(aws, api_id, {"op": "replace", "path": "/policy", "value": inputs["policy"]})
        return self.read(aws, api_id, inputs) or Created(id=api_id, outputs=dict(inputs))

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:  # noqa: ARG002 - the protocol
        """Set the policy again."""
        return self.create(aws, new)

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the API where it has a policy."""
        held = super().described(aws, outputs)
        return held if held and held.get("policy") else None

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:  # noqa: ARG002 - the protocol
        """Set the policy empty."""
        try:
            self._patch(aws, resource_id, {"op": "replace", "path": "/policy", "value": ""})
        except ClientError as error:
            if not self.is_gone(error):
                raise

    def _patch(self, aws: Clients, api_id: str, operation: Mapping[str, str]) -> None:
        self.call(aws, "UpdateRestApi", {"restApiId": api_id, "patchOperations": [operation]})


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
            {"op": "replace", "path": f"/{inputs['methodPath']}/{path}", "value": _text(value)}
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


def patches(
    old: Mapping[str, Any], new: Mapping[str, Any], paths: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return the patch operations that make ``new`` of ``old``."""
    return [
        {"op": "replace", "path": path, "value": _text(new.get(key, ""))}
        for key, path in paths.items()
        if old.get(key) != new.get(key)
    ]


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


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _joined(prefix: str, inputs: Properties) -> str:
    return f"{prefix}-{inputs['restApi']}-{inputs['resourceId']}-{inputs['httpMethod']}"


def _execution_arn(aws: Clients, api_id: str) -> str:
    partition = aws("apigateway").meta.partition
    return f"arn:{partition}:execute-api:{aws.region}:{aws.account_id}:{api_id}"


def _root(aws: Clients, api_id: str) -> str:
    pages = aws("apigateway").get_paginator("get_resources").paginate(restApiId=api_id)
    return next(str(one["id"]) for page in pages for one in page["items"] if one["path"] == "/")


_ARN: Final = {"arn": "arn"}
"""API Gateway tells no ARN: made by the type, and kept over updates as if it had been told."""

_METHOD_KEY: Final = {
    "restApiId": "restApi",
    "resourceId": "resourceId",
    "httpMethod": "httpMethod",
}

TYPES: Final = (
    _RestApi(
        token="aws:apigateway/restApi:RestApi",
        service="apigateway",
        create_op="CreateRestApi",
        read_op="GetRestApi",
        delete_op="DeleteRestApi",
        key={"restApiId": "id"},
        id="id",
        autoname=AutoName("name", maximum=1024),
        computed={"id": "id", "rootResourceId": "rootResourceId", **_ARN},
        tagging=_TAGS,
    ),
    _Resource(
        token="aws:apigateway/resource:Resource",
        service="apigateway",
        create_op="CreateResource",
        read_op="GetResource",
        delete_op="DeleteResource",
        key={"restApiId": "restApi", "resourceId": "id"},
        id="id",
        renames=_API,
        computed={"id": "id", "path": "path"},
        required=("restApi", "parentId", "pathPart"),
        replace_on=frozenset({"restApi"}),
        delete_before_replace=True,
    ),
    _Method(
        token="aws:apigateway/method:Method",
        service="apigateway",
        create_op="PutMethod",
        read_op="GetMethod",
        delete_op="DeleteMethod",
        key=_METHOD_KEY,
        id="id",
        renames={**_API, "authorization": "authorizationType"},
        required=("restApi", "resourceId", "httpMethod", "authorization"),
        replace_on=frozenset({"restApi", "resourceId", "httpMethod"}),
        delete_before_replace=True,
    ),
    _Integration(
        token="aws:apigateway/integration:Integration",
        service="apigateway",
        create_op="PutIntegration",
        read_op="GetIntegration",
        update_op="PutIntegration",
        delete_op="DeleteIntegration",
        key=_METHOD_KEY,
        id="id",
        renames={**_API, "timeoutMilliseconds": "timeoutInMillis"},
        required=("restApi", "resourceId", "httpMethod", "type"),
        replace_on=frozenset(
            {
                "connectionType",
                "credentials",
                "httpMethod",
                "integrationHttpMethod",
                "passthroughBehavior",
                "resourceId",
                "restApi",
                "type",
            }
        ),
        delete_before_replace=True,
    ),
    Row(
        token="aws:apigateway/deployment:Deployment",
        service="apigateway",
        create_op="CreateDeployment",
        read_op="GetDeployment",
        delete_op="DeleteDeployment",
        key={"restApiId": "restApi", "deploymentId": "id"},
        id="id",
        renames=_API,
        computed={"id": "id"},
        extra=frozenset({"triggers"}),
        required=("restApi",),
        replace_on=frozenset({"restApi", "triggers", "variables"}),
    ),
    _Stage(
        token="aws:apigateway/stage:Stage",
        service="apigateway",
        create_op="CreateStage",
        read_op="GetStage",
        delete_op="DeleteStage",
        key={"restApiId": "restApi", "stageName": "stageName"},
        id="id",
        renames={
            **_API,
            "deployment": "deploymentId",
            "xrayTracingEnabled": "tracingEnabled",
        },
        computed=_ARN,
        extra=frozenset({"accessLogSettings"}),
        required=("restApi", "deployment", "stageName"),
        replace_on=frozenset({"restApi", "stageName"}),
        tagging=_TAGS,
    ),
    _RestApiPolicy(
        token="aws:apigateway/restApiPolicy:RestApiPolicy",
        service="apigateway",
        create_op="UpdateRestApi",
        read_op="GetRestApi",
        delete_op="UpdateRestApi",
        key={"restApiId": "restApiId"},
        id="restApiId",
        extra=frozenset({"policy"}),
        required=("restApiId", "policy"),
        replace_on=frozenset({"restApiId"}),
    ),
    _MethodSettings(
        token="aws:apigateway/methodSettings:MethodSettings",
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
