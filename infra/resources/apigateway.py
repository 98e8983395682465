"""API Gateway: REST APIs, their resources, methods, integrations and deployments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from infra.resources._apigateway import API, ARN, TAGS, Patched, execution_arn
from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row


class _RestApi(Patched):
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
            "executionArn": execution_arn(aws, api_id),
            "rootResourceId": outputs.get("rootResourceId") or _root(aws, api_id),
        }
        return super().finish(aws, outputs, held)


class _Resource(Patched):
    """``aws:apigateway/resource:Resource``: one part of a path."""

    patch_op = "UpdateResource"
    patched: ClassVar[Mapping[str, str]] = {"parentId": "/parentId", "pathPart": "/pathPart"}


class _Method(Patched):
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


def _joined(prefix: str, inputs: Properties) -> str:
    return f"{prefix}-{inputs['restApi']}-{inputs['resourceId']}-{inputs['httpMethod']}"


def _root(aws: Clients, api_id: str) -> str:
    pages = aws("apigateway").get_paginator("get_resources").paginate(restApiId=api_id)
    return next(str(one["id"]) for page in pages for one in page["items"] if one["path"] == "/")


_METHOD_KEY: Final = {
    "restApiId": "restApi",
    "resourceId": "resourceId",
    "httpMethod": "httpMethod",
}

TYPES: Final = (
    _RestApi(
        token="aws:apigateway/restApi:RestApi",
        source="internal/service/apigateway/rest_api.go",
        service="apigateway",
        create_op="CreateRestApi",
        read_op="GetRestApi",
        delete_op="DeleteRestApi",
        key={"restApiId": "id"},
        id="id",
        autoname=AutoName("name", maximum=1024),
        computed={"id": "id", "rootResourceId": "rootResourceId", **ARN},
        tagging=TAGS,
    ),
    _Resource(
        token="aws:apigateway/resource:Resource",
        source="internal/service/apigateway/resource.go",
        service="apigateway",
        create_op="CreateResource",
        read_op="GetResource",
        delete_op="DeleteResource",
        key={"restApiId": "restApi", "resourceId": "id"},
        id="id",
        renames=API,
        computed={"id": "id", "path": "path"},
        required=("restApi", "parentId", "pathPart"),
        replace_on=frozenset({"restApi"}),
        delete_before_replace=True,
    ),
    _Method(
        token="aws:apigateway/method:Method",
        source="internal/service/apigateway/method.go",
        service="apigateway",
        create_op="PutMethod",
        read_op="GetMethod",
        delete_op="DeleteMethod",
        key=_METHOD_KEY,
        id="id",
        renames={**API, "authorization": "authorizationType"},
        required=("restApi", "resourceId", "httpMethod", "authorization"),
        replace_on=frozenset({"restApi", "resourceId", "httpMethod"}),
        delete_before_replace=True,
    ),
    _Integration(
        token="aws:apigateway/integration:Integration",
        source="internal/service/apigateway/integration.go",
        service="apigateway",
        create_op="PutIntegration",
        read_op="GetIntegration",
        update_op="PutIntegration",
        delete_op="DeleteIntegration",
        key=_METHOD_KEY,
        id="id",
        renames={**API, "timeoutMilliseconds": "timeoutInMillis"},
        required=("restApi", "resourceId", "httpMethod", "type"),
        replace_on=frozenset(
            {
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
        source="internal/service/apigateway/deployment.go",
        service="apigateway",
        create_op="CreateDeployment",
        read_op="GetDeployment",
        delete_op="DeleteDeployment",
        key={"restApiId": "restApi", "deploymentId": "id"},
        id="id",
        renames=API,
        computed={"id": "id"},
        extra=frozenset({"triggers"}),
        required=("restApi",),
        replace_on=frozenset({"restApi", "triggers", "variables"}),
    ),
    _RestApiPolicy(
        token="aws:apigateway/restApiPolicy:RestApiPolicy",
        source="internal/service/apigateway/rest_api_policy.go",
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
)
