"""What moto does not keep of REST APIs: their own tags, and that a deployment is gone."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from moto.apigateway.exceptions import DeploymentNotFoundException
from moto.apigateway.models import Deployment, RestAPI, apigateway_backends
from werkzeug.wrappers import Request, Response

from infra.emulator.context import Context
from infra.emulator.patches import replace

_TAGS = re.compile(r"/tags/arn:[^:]+:apigateway:(?P<region>[^:]+)::/restapis/(?P<api>[^/]+)")


def install(context: Context) -> None:
    """Tag REST APIs (moto tags stages only), answer 404 for a deployment that is gone."""
    context.routes.append(lambda request: _tags(context, request))
    found = RestAPI.get_deployment

    def get_deployment(api: RestAPI, deployment_id: str) -> Deployment:
        if deployment_id not in api.deployments:
            raise DeploymentNotFoundException
        return found(api, deployment_id)

    replace(context, RestAPI, "get_deployment", get_deployment)


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
