"""REST APIs and what they are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from infra.resources.apigateway import TYPES as APIS
from infra.resources.apigateway_stages import TYPES as STAGES
from infra.resources.clients import EndpointClients
from tests.resources.types import Standing, assert_lives, of, stand

TYPES = (*APIS, *STAGES)
API = of(TYPES, "aws:apigateway/restApi:RestApi")
RESOURCE = of(TYPES, "aws:apigateway/resource:Resource")
METHOD = of(TYPES, "aws:apigateway/method:Method")
INTEGRATION = of(TYPES, "aws:apigateway/integration:Integration")
DEPLOYMENT = of(TYPES, "aws:apigateway/deployment:Deployment")
STAGE = of(TYPES, "aws:apigateway/stage:Stage")
POLICY = of(TYPES, "aws:apigateway/restApiPolicy:RestApiPolicy")
SETTINGS = of(TYPES, "aws:apigateway/methodSettings:MethodSettings")


@dataclass(frozen=True)
class Scoring:
    """An API with one method, from the API to what calls the function."""

    api: Standing
    resource: Standing
    method: Standing
    integration: Standing


@pytest.fixture
def scoring(aws: EndpointClients) -> Scoring:
    api = stand(
        API,
        aws,
        "scoring",
        {
            "description": "Scores",
            "endpointConfiguration": {"types": "REGIONAL"},
            "tags": {"team": "flights"},
        },
    )
    parent = api.outputs["rootResourceId"]
    resource = stand(
        RESOURCE, aws, "score", {"restApi": api.id, "parentId": parent, "pathPart": "score"}
    )
    where = {"restApi": api.id, "resourceId": resource.id, "httpMethod": "POST"}
    method = stand(METHOD, aws, "post", {**where, "authorization": "AWS_IAM"})
    function = "arn:aws:lambda:us-east-1:123456789012:function:scoring"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    called = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri}
    integration = stand(INTEGRATION, aws, "call", {**where, **called, "timeoutMilliseconds": 29000})
    return Scoring(api, resource, method, integration)


def deployed(aws: EndpointClients, api: Standing) -> Standing:
    return stand(DEPLOYMENT, aws, "deployed", {"restApi": api.id, "triggers": {"code": "1"}})


def staged(aws: EndpointClients, api: Standing, deployment: Standing) -> Standing:
    group = "arn:aws:logs:us-east-1:123456789012:log-group:calls"
    declared: dict[str, Any] = {
        "accessLogSettings": {"destinationArn": group, "format": '{"id": "$context.requestId"}'},
        "deployment": deployment.id,
        "restApi": api.id,
        "stageName": "live",
        "tags": {"team": "flights"},
        "variables": {"alias": "live"},
        "xrayTracingEnabled": True,
    }
    return stand(STAGE, aws, "live", declared)


def test_each_part_of_an_api_reads_back_as_declared_and_goes(
    aws: EndpointClients, scoring: Scoring
) -> None:
    deployment = deployed(aws, scoring.api)
    stage = staged(aws, scoring.api, deployment)
    assert scoring.api.outputs["executionArn"].endswith(f":{scoring.api.id}")
    for part in (
        stage,
        deployment,
        scoring.integration,
        scoring.method,
        scoring.resource,
        scoring.api,
    ):
        assert_lives(part)


def test_a_stage_says_where_it_is_called(aws: EndpointClients, scoring: Scoring) -> None:
    stage = staged(aws, scoring.api, deployed(aws, scoring.api))
    assert stage.outputs["invokeUrl"].startswith(aws.endpoint_url)
    assert stage.outputs["executionArn"].endswith(f":{scoring.api.id}/live")


def test_a_stage_moves_to_the_next_deployment(aws: EndpointClients, scoring: Scoring) -> None:
    stage = staged(aws, scoring.api, deployed(aws, scoring.api))
    successor = deployed(aws, scoring.api)
    changed = stage.changed(
        deployment=successor.id, xrayTracingEnabled=False, variables={"colour": "blue"}
    )
    assert changed.outputs["deployment"] == successor.id
    assert changed.outputs["xrayTracingEnabled"] is False
    assert changed.outputs["variables"] == {"colour": "blue"}


def test_a_changed_api_takes_the_change(scoring: Scoring) -> None:
    changed = scoring.api.changed(description="Scores flights", tags={"team": "vision"})
    assert changed.outputs["description"] == "Scores flights"
    assert changed.outputs["tags"] == {"team": "vision"}


def test_an_apis_policy_goes_without_the_api(aws: EndpointClients, scoring: Scoring) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    assert_lives(stand(POLICY, aws, "policy", {"restApiId": scoring.api.id, "policy": document}))
    assert scoring.api.read() is not None


def test_a_stage_is_throttled(aws: EndpointClients, scoring: Scoring) -> None:
    stage = staged(aws, scoring.api, deployed(aws, scoring.api))
    wanted = {
        "restApi": scoring.api.id,
        "stageName": "live",
        "methodPath": "*/*",
        "settings": {"throttlingRateLimit": 50, "throttlingBurstLimit": 100},
    }
    stand(SETTINGS, aws, "limits", wanted)
    held = aws("apigateway").get_stage(restApiId=scoring.api.id, stageName="live")
    assert held["methodSettings"]["*/*"]["throttlingRateLimit"] == 50.0
    assert stage.read() is not None


def test_an_integration_is_replaced_before_its_successor_overwrites_it() -> None:
    assert INTEGRATION.delete_before_replace
    assert "uri" not in INTEGRATION.replace_on
