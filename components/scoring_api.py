"""The door to the model: requests are enriched with online features before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._function import FunctionArgs, FunctionPlan, function
from components._iam_functions import ScoringReach, score
from components._tags import stamp

PATH = "score"
STAGE = "live"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoringApiArgs(FunctionArgs):
    """Inputs of :class:`ScoringApi`."""

    api_name: str
    """Shown in the console."""
    endpoint_name: str
    """Endpoint to call; while it does not stand, the API answers 503."""
    model_name_prefix: str
    """What the names of models and endpoint configurations start with: answers name the version."""
    feature_groups: Mapping[str, pulumi.Input[str]]
    """Short name of each group to AWS's name."""
    data_key_arn: pulumi.Input[str]
    """Customer key of the online store."""
    log_group_prefix: str
    """Stands before the names of both log groups."""
    requests_per_second: int = 50
    """Steady rate that callers have together; beyond it they get 429."""
    burst_count: int = 100
    reserved_concurrency: int = 20
    """Requests enriched at once."""


class ScoringApi(pulumi.ComponentResource):
    """``POST /score``, for callers that IAM lets in.

    The function behind it holds what the model's container must not: access to features.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    invoke_url: pulumi.Output[str]
    """What ``/score`` is appended to."""
    execution_arn: pulumi.Output[str]
    """What ``execute-api:Invoke`` is granted on."""
    function_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: ScoringApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ScoringApi", name, {}, opts)
        tags = stamp(args.tags, component=name)
        scorer = self._function(name, args, tags)
        api = aws.apigateway.RestApi(
            f"{name}-api",
            name=args.api_name,
            description="Scores with online features",
            endpoint_configuration={"types": "REGIONAL"},
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        ready = self._route(name, api, scorer)
        stage = self._stage(name, args, api, ready, tags)
        self.invoke_url = stage.invoke_url
        self.execution_arn = pulumi.Output.concat(api.execution_arn, f"/{STAGE}/POST/{PATH}")
        self.function_name = scorer.name
        self.register_outputs(
            {
                "invoke_url": self.invoke_url,
                "execution_arn": self.execution_arn,
                "function_name": self.function_name,
            }
        )

    def _function(
        self, name: str, args: ScoringApiArgs, tags: Mapping[str, str]
    ) -> aws.lambda_.Function:
        groups = pulumi.Output.all(**args.feature_groups)
        return function(
            f"{name}-scorer",
            args,
            FunctionPlan(
                description=f"Reads online features and calls {args.endpoint_name}",
                environment={
                    "ENDPOINT_NAME": args.endpoint_name,
                    "FEATURE_GROUPS": groups.apply(lambda names: json.dumps(names, sort_keys=True)),
                },
                log_group_name=f"{args.log_group_prefix}/scoring",
                reserved_concurrency=args.reserved_concurrency,
                timeout_seconds=29,  # API Gateway waits no longer
                memory_mib=1024,
                tags=tags,
                parent=self,
                urgent=True,
            ),
            lambda place, around: pulumi.Output.all(groups, args.data_key_arn).apply(
                lambda known: score(
                    place,
                    around,
                    ScoringReach(
                        endpoint_name=args.endpoint_name,
                        model_name_prefix=args.model_name_prefix,
                        tags=args.tags,
                        feature_groups=sorted(known[0].values()),
                        data_key_arn=known[1],
                    ),
                )
            ),
        )

    def _route(
        self, name: str, api: aws.apigateway.RestApi, scorer: aws.lambda_.Function
    ) -> list[pulumi.Resource]:
        child = pulumi.ResourceOptions(parent=self)
        resource = aws.apigateway.Resource(
            f"{name}-path",
            rest_api=api.id,
            parent_id=api.root_resource_id,
            path_part=PATH,
            opts=child,
        )
        method = aws.apigateway.Method(
            f"{name}-method",
            rest_api=api.id,
            resource_id=resource.id,
            http_method="POST",
            authorization="AWS_IAM",
            opts=child,
        )
        integration = aws.apigateway.Integration(
            f"{name}-integration",
            rest_api=api.id,
            resource_id=resource.id,
            http_method=method.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",
            uri=scorer.invoke_arn,
            opts=child,
        )
        permission = aws.lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=scorer.name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(api.execution_arn, f"/*/POST/{PATH}"),
            opts=child,
        )
        return [integration, permission]

    def _stage(
        self,
        name: str,
        args: ScoringApiArgs,
        api: aws.apigateway.RestApi,
        ready: list[pulumi.Resource],
        tags: Mapping[str, str],
    ) -> aws.apigateway.Stage:
        child = pulumi.ResourceOptions(parent=self)
        deployment = aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=api.id,
            # A deployment is a snapshot: what it was taken of decides when to take another.
            triggers={"routes": _fingerprint()},
            opts=pulumi.ResourceOptions(parent=self, depends_on=ready),
        )
        logs = aws.cloudwatch.LogGroup(
            f"{name}-access-logs",
            name=f"{args.log_group_prefix}/scoring-access",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            tags=tags,
            opts=child,
        )
        stage = aws.apigateway.Stage(
            f"{name}-stage",
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=STAGE,
            xray_tracing_enabled=True,
            access_log_settings={"destination_arn": logs.arn, "format": access_log_format()},
            tags=tags,
            opts=child,
        )
        aws.apigateway.MethodSettings(
            f"{name}-limits",
            rest_api=api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "metrics_enabled": True,
                "throttling_rate_limit": args.requests_per_second,
                "throttling_burst_limit": args.burst_count,
            },
            opts=child,
        )
        return stage


def access_log_format() -> str:
    """Return one JSON line per request: who called, how it ended, how long it took."""
    return json.dumps(
        {
            "requestId": "$context.requestId",
            "requestTime": "$context.requestTime",
            "caller": "$context.identity.userArn",
            "ip": "$context.identity.sourceIp",
            "status": "$context.status",
            "responseLatency": "$context.responseLatency",
            "integrationError": "$context.integrationErrorMessage",
        }
    )


def _fingerprint() -> str:
    routes = json.dumps({"path": PATH, "method": "POST", "authorization": "AWS_IAM"})
    return hashlib.sha256(routes.encode()).hexdigest()[:12]
