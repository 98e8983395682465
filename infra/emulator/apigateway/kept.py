"""What moto does not keep of REST APIs: their own tags, and that a part of one is gone."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from moto.apigateway.exceptions import (
    DeploymentNotFoundException,
    NoIntegrationDefined,
    ResourceIdNotFoundException,
)
from moto.apigateway.models import (
    APIGatewayBackend,
    Deployment,
    Integration,
    Resource,
    RestAPI,
    apigateway_backends,
)
from werkzeug.wrappers import Request, Response

from infra.emulator.context import Context
from infra.emulator.patches import replace

_TAGS = re.compile(r"/tags/arn:[^:]+:apigateway:(?P<region>[^:]+)::/restapis/(?P<api>[^/]+)")


def install(context: Context) -> None:
    """Tag REST APIs (moto tags stages only), answer 404 for parts that are gone."""
    context.routes.append(lambda request: _tags(context, request))
    _find_deployments(context)
    _delete_once(context)


def _find_deployments(context: Context) -> None:
    found = RestAPI.get_deployment

    def get_deployment(api: RestAPI, deployment_id: str) -> Deployment:
        if deployment_id not in api.deployments:
            raise DeploymentNotFoundException
        return found(api, deployment_id)

    replace(context, RestAPI, "get_deployment", get_deployment)


def _delete_once(context: Context) -> None:
    dropped = Resource.delete_integration

    def delete_integration(resource: Resource, method_type: str) -> Integration:
        if resource.get_integration(method_type) is None:
            raise NoIntegrationDefined
        return dropped(resource, method_type)

    replace(context, Resource, "delete_integration", delete_integration)
    removed = APIGatewayBackend.delete_resource

    def delete_resource(backend: APIGatewayBackend, api_id: str, resource_id: str) -> Resource:
        if resource_id not in backend.get_rest_api(api_id).resources:
            raise ResourceIdNotFoundException
        return removed(backend, api_id, resource_id)

    replace(context, APIGatewayBackend, "delete_resource", delete_resource)
    ended = APIGatewayBackend.delete_rest_api

    def delete_rest_api(backend: APIGatewayBackend, api_id: str) -> RestAPI:
        backend.get_rest_api(api_id)  # answers 404 itself
        return ended(backend, api_id)

    replace(context, APIGatewayBackend, "delete_rest_api", delete_rest_api)


def _tags(context: Context, request: Request) -> Response | None:
    asked = _TAGS.fullmatch(unquote(request.path))
    if asked is None:
        return None
    apis: Any = apigateway_backends[context.account_id][asked["region"]].apis
    if asked["api"] not in apis:
        return _json({"message": "Invalid API identifier specified"}, 404)
    tags = apis[asked["api"]].tags
    match request.method:
        case "PUT":
            tags.update(json.loads(request.get_data())["tags"])
            return _json({}, 204)
        case "DELETE":
            for key in request.args.getlist("tagKeys"):
                tags.pop(key, None)
            return _json({}, 204)
    return _json({"tags": tags}, 200)


def _json(body: Any, status: int) -> Response:  # noqa: ANN401 - any JSON
    return Response(json.dumps(body), status, content_type="application/json")
