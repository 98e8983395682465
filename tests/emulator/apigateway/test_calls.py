"""Calls to a deployed REST API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.emulator.server import Emulator
from tests.emulator.support import REGION, function, role

PARTS = ("credentials", "admin", "lambdas", "apigateway")
ADMINISTRATOR = Credentials("testing", "testing")
SOURCE = """
import json, time

def handler(event, context):
    asked = json.loads(event["body"] or "{}")
    if asked.get("fail"):
        raise ValueError("no")
    if asked.get("sleep"):
        time.sleep(asked["sleep"])
    if asked.get("malformed"):
        return {"status": 200}
    return {"statusCode": 201, "headers": {"X-Made": "yes"}, "body": json.dumps(event)}
"""


@dataclass(frozen=True, slots=True)
class Api:
    """A deployed API and how to reach it."""

    id: str
    url: str

    def call(
        self,
        path: str,
        body: object = None,
        *,
        keys: Credentials | None,
        service: str = "execute-api",
    ) -> tuple[int, dict[str, str], Any]:
        """Post and return status, headers and the JSON of the answer."""
        data = b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(
            "POST", f"{self.url}{path}", data=data, headers={"Content-Type": "application/json"}
        )
        if keys:
            SigV4Auth(keys, service, REGION).add_auth(request)
        return send(request)


def send(request: AWSRequest) -> tuple[int, dict[str, str], Any]:
    plain = urllib.request.Request(  # noqa: S310 - loopback
        str(request.url), data=request.data, headers=dict(request.headers), method=request.method
    )
    try:
        with urllib.request.urlopen(plain, timeout=30) as answer:  # noqa: S310 - loopback
            return answer.status, dict(answer.headers), json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), json.loads(error.read())


@pytest.fixture(scope="module")
def api(emulator: Emulator) -> Api:
    """Deploy an API with ``POST /score``, ``ANY /files/{proxy+}`` and ``POST /slow``."""
    gateway = emulator.context.client("apigateway", REGION)
    arn = function(emulator, "scoring", SOURCE, Timeout=5)
    emulator.context.client("lambda", REGION).add_permission(
        FunctionName="scoring",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    made = gateway.create_rest_api(name="scoring")["id"]
    root = gateway.get_resources(restApiId=made)["items"][0]["id"]

    def add(parent: str, part: str, method: str = "POST", **settings: Any) -> str:
        resource: str = gateway.create_resource(restApiId=made, parentId=parent, pathPart=part)[
            "id"
        ]
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
        names = {"restApiId": made, "resourceId": resource, "httpMethod": method}
        gateway.put_method(**names, authorizationType="AWS_IAM")
        gateway.put_integration(
            **names, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri, **settings
        )
        return resource

    add(root, "score")
    add(add(root, "files"), "{proxy+}", "ANY")
    add(root, "slow", timeoutInMillis=200)
    gateway.create_deployment(restApiId=made, stageName="live")
    return Api(made, f"{emulator.endpoint_url}/_aws/execute-api/{made}/live")


def keys_of(emulator: Emulator, role_arn: str) -> Credentials:
    keys = emulator.context.credentials.keys(role_arn)
    return Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)


def test_an_unsigned_call_is_refused(api: Api) -> None:
    status, _, body = api.call("/score", {}, keys=None)
    assert (status, body) == (403, {"message": "Missing Authentication Token"})


def test_a_call_signed_with_the_wrong_secret_is_refused(api: Api) -> None:
    status, _, body = api.call("/score", {}, keys=Credentials("testing", "wrong"))
    assert status == 403
    assert body["message"].startswith("The request signature we calculated does not match")


def test_a_body_changed_after_signing_is_refused(api: Api) -> None:
    request = AWSRequest("POST", f"{api.url}/score", data=b'{"a": 1}')
    SigV4Auth(ADMINISTRATOR, "execute-api", REGION).add_auth(request)
    request.data = b'{"a": 2}'
    assert send(request)[0] == 403


def test_an_unknown_access_key_is_refused(api: Api) -> None:
    status, _, body = api.call("/score", {}, keys=Credentials("AKIAUNKNOWN", "x"))
    assert (status, body["message"]) == (
        403,
        "The security token included in the request is invalid.",
    )


def test_a_signature_for_another_service_is_refused(api: Api) -> None:
    assert api.call("/score", {}, keys=ADMINISTRATOR, service="s3")[0] == 403


def test_a_signed_call_reaches_the_function_as_a_proxy_event(api: Api) -> None:
    status, headers, event = api.call("/score?b=2&a=1&a=3", {"x": 1}, keys=ADMINISTRATOR)
    assert (status, headers["X-Made"]) == (201, "yes")
    assert (event["resource"], event["path"], event["body"]) == ("/score", "/score", '{"x": 1}')
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "3"], "b": ["2"]}
    assert event["requestContext"]["identity"]["userArn"].endswith(":root")


def test_a_greedy_variable_takes_the_rest_of_the_path(api: Api) -> None:
    _, _, event = api.call("/files/a%20b/c", {}, keys=ADMINISTRATOR)
    assert event["pathParameters"] == {"proxy": "a b/c"}


def test_a_role_whose_policy_allows_it_may_call(api: Api, emulator: Emulator) -> None:
    resource = f"arn:aws:execute-api:{REGION}:*:{api.id}/live/POST/score"
    arn = role(
        emulator,
        "caller",
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource},
    )
    _, _, event = api.call("/score", {}, keys=keys_of(emulator, arn))
    assert ":assumed-role/caller/" in event["requestContext"]["identity"]["userArn"]


def test_a_role_without_a_policy_for_it_may_not_call(api: Api, emulator: Emulator) -> None:
    status, _, body = api.call("/score", {}, keys=keys_of(emulator, role(emulator, "stranger")))
    assert status == 403
    assert "is not authorized to perform: execute-api:Invoke" in body["Message"]


@pytest.mark.parametrize("asked", [{"fail": True}, {"malformed": True}])
def test_a_function_that_fails_or_answers_nonsense_is_a_bad_gateway(
    api: Api, asked: dict[str, Any]
) -> None:
    status, _, body = api.call("/score", asked, keys=ADMINISTRATOR)
    assert (status, body) == (502, {"message": "Internal server error"})


def test_a_function_slower_than_the_integration_times_out(api: Api) -> None:
    status, _, body = api.call("/slow", {"sleep": 0.6}, keys=ADMINISTRATOR)
    assert (status, body) == (504, {"message": "Endpoint request timed out"})


def test_a_body_over_the_limit_is_too_long(api: Api) -> None:
    assert api.call("/score", {"x": "a" * 10_500_000}, keys=ADMINISTRATOR)[0] == 413


def test_a_stage_that_is_not_deployed_is_forbidden(api: Api) -> None:
    elsewhere = Api(api.id, api.url.replace("/live", "/other"))
    status, _, body = elsewhere.call("/score", {}, keys=ADMINISTRATOR)
    assert (status, body) == (403, {"message": "Forbidden"})


def test_a_method_added_after_the_deployment_is_not_served(api: Api, emulator: Emulator) -> None:
    gateway = emulator.context.client("apigateway", REGION)
    items = gateway.get_resources(restApiId=api.id)["items"]
    root = next(item["id"] for item in items if item["path"] == "/")
    gateway.put_method(
        restApiId=api.id, resourceId=root, httpMethod="POST", authorizationType="NONE"
    )
    assert api.call("/", {}, keys=ADMINISTRATOR)[0] == 403


def test_a_function_whose_policy_does_not_let_the_api_is_not_invoked(
    api: Api, emulator: Emulator
) -> None:
    functions = emulator.context.client("lambda", REGION)
    functions.remove_permission(FunctionName="scoring", StatementId="api")
    try:
        assert api.call("/score", {}, keys=ADMINISTRATOR)[0] == 500
    finally:
        functions.add_permission(
            FunctionName="scoring",
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{emulator.context.account_id}:{api.id}/*/*",
        )
    assert api.call("/score", {}, keys=ADMINISTRATOR)[0] == 201


def test_each_call_is_a_line_of_the_access_log(api: Api, emulator: Emulator) -> None:
    logs = emulator.context.client("logs", REGION)
    logs.create_log_group(logGroupName="access")
    gateway = emulator.context.client("apigateway", REGION)
    destination = f"arn:aws:logs:{REGION}:{emulator.context.account_id}:log-group:access"
    line = "$context.httpMethod $context.resourcePath $context.status $context.identity.userArn"
    gateway.update_stage(
        restApiId=api.id,
        stageName="live",
        patchOperations=[
            {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": destination},
            {"op": "replace", "path": "/accessLogSettings/format", "value": line},
        ],
    )
    api.call("/score", {}, keys=ADMINISTRATOR)
    api.call("/score", {"fail": True}, keys=ADMINISTRATOR)
    api.call("/score", {}, keys=None)
    root = f"arn:aws:iam::{emulator.context.account_id}:root"
    events = logs.filter_log_events(logGroupName="access")["events"]
    assert [event["message"] for event in events] == [
        f"POST /score 201 {root}",
        f"POST /score 502 {root}",
        "POST /score 403 -",
    ]


def test_the_host_name_that_aws_gives_the_api_works_too(api: Api, emulator: Emulator) -> None:
    request = AWSRequest(
        "POST",
        f"{emulator.endpoint_url}/live/score",
        data=b"{}",
        headers={"Host": f"{api.id}.execute-api.{REGION}.amazonaws.com"},
    )
    SigV4Auth(ADMINISTRATOR, "execute-api", REGION).add_auth(request)
    assert send(request)[0] == 201
