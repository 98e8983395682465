"""Stacks side by side in one account: every resource with the ARN that AWS would give it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from infra.graph.evaluate import evaluate
from infra.graph.model import Resource, ResourceGraph
from infra.platform import deploy
from stacks.layers import load
from tests.stacks import support

ACCOUNT, REGION = "123456789012", "us-east-1"
PLACE = f"{REGION}:{ACCOUNT}"
SAGEMAKER = f"arn:aws:sagemaker:{PLACE}"
ARNS: Mapping[str, tuple[str, str]] = {
    "aws:apigateway/restApi:RestApi": ("-", f"arn:aws:apigateway:{REGION}::/restapis/{{}}"),
    "aws:budgets/budget:Budget": ("name", f"arn:aws:budgets::{ACCOUNT}:budget/{{}}"),
    "aws:cloudtrail/trail:Trail": ("name", f"arn:aws:cloudtrail:{PLACE}:trail/{{}}"),
    "aws:cloudwatch/dashboard:Dashboard": (
        "dashboardName",
        f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{{}}",
    ),
    "aws:cloudwatch/eventRule:EventRule": ("name", f"arn:aws:events:{PLACE}:rule/{{}}"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", f"arn:aws:logs:{PLACE}:log-group:{{}}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", f"arn:aws:cloudwatch:{PLACE}:alarm:{{}}"),
    "aws:codebuild/project:Project": ("name", f"arn:aws:codebuild:{PLACE}:project/{{}}"),
    "aws:codepipeline/pipeline:Pipeline": ("name", f"arn:aws:codepipeline:{PLACE}:{{}}"),
    "aws:dynamodb/table:Table": ("name", f"arn:aws:dynamodb:{PLACE}:table/{{}}"),
    "aws:ecr/repository:Repository": ("name", f"arn:aws:ecr:{PLACE}:repository/{{}}"),
    "aws:iam/policy:Policy": ("name", f"arn:aws:iam::{ACCOUNT}:policy/{{}}"),
    "aws:iam/role:Role": ("name", f"arn:aws:iam::{ACCOUNT}:role/{{}}"),
    "aws:kinesis/stream:Stream": ("name", f"arn:aws:kinesis:{PLACE}:stream/{{}}"),
    "aws:kms/key:Key": ("-", f"arn:aws:kms:{PLACE}:key/{{}}"),
    "aws:lambda/function:Function": ("name", f"arn:aws:lambda:{PLACE}:function:{{}}"),
    "aws:s3/bucket:Bucket": ("bucket", "arn:aws:s3:::{}"),
    "aws:sagemaker/domain:Domain": ("-", f"{SAGEMAKER}:domain/{{}}"),
    "aws:sagemaker/endpoint:Endpoint": ("name", f"{SAGEMAKER}:endpoint/{{}}"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
        "name",
        f"{SAGEMAKER}:endpoint-config/{{}}",
    ),
    "aws:sagemaker/featureGroup:FeatureGroup": (
        "featureGroupName",
        f"{SAGEMAKER}:feature-group/{{}}",
    ),
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": (
        "trackingServerName",
        f"{SAGEMAKER}:mlflow-tracking-server/{{}}",
    ),
    "aws:sagemaker/model:Model": ("name", f"{SAGEMAKER}:model/{{}}"),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": (
        "modelPackageGroupName",
        f"{SAGEMAKER}:model-package-group/{{}}",
    ),
    "aws:sagemaker/pipeline:Pipeline": ("pipelineName", f"{SAGEMAKER}:pipeline/{{}}"),
    "aws:scheduler/schedule:Schedule": ("name", f"arn:aws:scheduler:{PLACE}:schedule/default/{{}}"),
    "aws:sns/topic:Topic": ("name", f"arn:aws:sns:{PLACE}:{{}}"),
    "aws:sqs/queue:Queue": ("name", f"arn:aws:sqs:{PLACE}:{{}}"),
}
"""By type: the input that names it, and its ARN. What is left unnamed, Pulumi names."""
POLICIES = {
    "aws:s3/bucketPolicy:BucketPolicy": "bucket",
    "aws:sqs/queuePolicy:QueuePolicy": "queueUrl",
    "aws:sns/topicPolicy:TopicPolicy": "arn",
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": "modelPackageGroupName",
}
"""Policies that lie on another resource, and the input that says on which."""


class Owned:
    """Hands out names and ARNs that are this stack's alone, as Pulumi and AWS would."""

    def __init__(self, stack: str) -> None:
        self._mark = hashlib.sha256(stack.encode()).hexdigest()[:7]
        self.made: dict[tuple[str, str], Mapping[str, Any]] = {}

    def register(
        self, resource: Resource, inputs: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        key, pattern = ARNS.get(resource.type, ("name", "arn:aws:mock:" + PLACE + ":{}"))
        name = inputs.get(key, f"{resource.name}-{self._mark}")
        path = str(inputs.get("path", "/")).lstrip("/") if "iam/" in resource.type else ""
        arn = pattern.format(f"{path}{name}")
        computed = {
            "arn": arn,
            "name": name,
            "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}",
            "executionArn": f"arn:aws:execute-api:{PLACE}:{name}",
            "invokeArn": arn,
            "invokeUrl": f"https://{name}",
            "bucket": name,
            "rootResourceId": "root",
            "prefixListId": f"pl-{name}",
            "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}",
        }
        self.made[resource.type, resource.name] = {**computed, **inputs}
        return name, {**computed, **inputs}


@dataclass(frozen=True)
class Thing:
    """Something that an action may be about."""

    arn: str
    tags: Mapping[str, str]
    policy: str | None
    """On it: of a bucket, a key, a queue, a topic, a role's trust."""


@dataclass(frozen=True)
class Role:
    """Something that acts."""

    name: str
    arn: str
    identity: tuple[str, ...]
    boundary: str | None
    tags: Mapping[str, str]


class Stack:
    """A stack that stands, with what it owns."""

    def __init__(self, name: str, root: Path | None = None) -> None:
        self.name = name
        resolved = load(name, root)
        config = resolved.config
        self._owned = Owned(name)
        self.graph: ResourceGraph = evaluate(
            lambda: deploy(config, support.every(config), support.live_of(config, "any/3")),
            project="mlops-loop",
            stack=name,
            config=resolved.pulumi_config,
            registrar=self._owned,
            references=support.exports,
        )

    def arn(self, one: Resource) -> str:
        return str(self._outputs(one)["arn"])

    def _outputs(self, one: Resource) -> Mapping[str, Any]:
        return self._owned.made[one.type, one.name]

    @cached_property
    def things(self) -> list[Thing]:
        """Everything that has an ARN, and what lies in it."""
        found = []
        for one in self.graph.resources.values():
            if one.type not in ARNS:
                continue
            arn, tags = self.arn(one), one.inputs.get("tags") or {}
            policy = self._policies.get(arn) or one.inputs.get("assumeRolePolicy")
            policy = one.inputs.get("policy", policy) if "kms" in one.type else policy
            found += [Thing(each, tags if told else {}, policy) for each, told in _within(arn, one)]
        by_hand = ("training-job", "processing-job", "experiment", "experiment-trial")
        return found + [Thing(f"{SAGEMAKER}:{what}/{self.name}-any", {}, None) for what in by_hand]

    @cached_property
    def _policies(self) -> dict[str, str]:
        keys = ("arn", "name", "url", "bucket")
        known = {
            str(self._outputs(one).get(key)): self.arn(one)
            for one in self.graph.resources.values()
            if one.type in ARNS
            for key in keys
        }
        return {
            known[str(one.inputs[key])]: one.inputs.get("policy") or one.inputs["resourcePolicy"]
            for type_, key in POLICIES.items()
            for one in self.graph.of_type(type_)
        }

    @cached_property
    def roles(self) -> list[Role]:
        """Everything that acts, with all its documents."""
        managed = {self.arn(one): one for one in self.graph.of_type("aws:iam/policy:Policy")}
        found = []
        for one in self.graph.of_type("aws:iam/role:Role"):
            name = self._outputs(one)["name"]
            inline = [
                policy.inputs["policy"]
                for policy in self.graph.of_type("aws:iam/rolePolicy:RolePolicy")
                if policy.inputs["role"] == name
            ]
            attached = [
                managed[one.inputs["policyArn"]].inputs["policy"]
                for one in self.graph.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
                if one.inputs["role"] == name and one.inputs["policyArn"] in managed
            ]
            limit = managed.get(str(one.inputs.get("permissionsBoundary")))
            boundary = None if limit is None else limit.inputs["policy"]
            documents = (*inline, *attached)
            found.append(Role(one.name, self.arn(one), documents, boundary, one.inputs["tags"]))
        return found


def _within(arn: str, one: Resource) -> Iterator[tuple[str, bool]]:
    """Yield a resource's ARN, and those of things in it; and whether IAM knows its tags of them.

    IAM knows no tags of buckets and objects, of schedules and dashboards, and SageMaker gives none
    to executions, trials and versions. What pipelines make bears the pipeline's.
    """
    kind = one.type.rpartition(":")[2]
    yield arn, kind not in {"Bucket", "Dashboard", "Schedule"}
    below = {
        "Bucket": ["/any", "/raw/any", "/labels/any", "/features/any", "/code/any"],
        "Pipeline": ["/execution/any"],
    }
    yield from ((f"{arn}{part}", False) for part in below.get(kind, []))
    inside = {"Table": ["/index/any"], "LogGroup": [":*", ":log-stream:any"], "Function": [":live"]}
    yield from ((f"{arn}{part}", True) for part in inside.get(kind, []))
    name = arn.rpartition("/")[2]
    if kind == "ModelPackageGroup":
        yield f"{SAGEMAKER}:model-package/{name}/3", False
        yield f"{SAGEMAKER}:model-card/{name}-v3", True
    if one.type == "aws:sagemaker/pipeline:Pipeline":
        jobs = ("training", "processing", "transform", "hyper-parameter-tuning")
        yield from ((f"{SAGEMAKER}:{job}-job/pipelines-{name}", True) for job in jobs)
        yield f"{SAGEMAKER}:model/{name}-any", True
        yield f"{SAGEMAKER}:experiment/{name}", False
        yield f"{SAGEMAKER}:experiment-trial/{name}-any", False
    if kind == "RestApi":
        yield f"arn:aws:execute-api:{PLACE}:{name}/live/POST/score", False


@cache
def patterns(document: str) -> list[Mapping[str, Any]]:
    """Return the statements of a document that allow something."""
    held = json.loads(document)["Statement"]
    every = held if isinstance(held, list) else [held]
    return [statement for statement in every if statement["Effect"] == "Allow"]
