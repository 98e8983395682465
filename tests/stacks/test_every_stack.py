"""What each stack file plans to, and what all of them hold to."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.graph.model import Resource, ResourceGraph
from stacks._instances import has_local_storage
from stacks.names import stacks
from tests import inventory
from tests.stacks import support

INVENTORIES = Path(__file__).parent / "inventories"
STACKS = stacks()
RECORDED = sorted(path.stem for path in INVENTORIES.glob("*.yaml"))
"""Whose inventory is kept: a team that was started by ``mlops new`` adds its own when it likes."""
every_stack = pytest.mark.parametrize("stack", STACKS)

UNTAGGED = {
    "aws:apigateway/deployment:Deployment",
    "aws:apigateway/integration:Integration",
    "aws:apigateway/method:Method",
    "aws:apigateway/methodSettings:MethodSettings",
    "aws:apigateway/resource:Resource",
    "aws:appautoscaling/policy:Policy",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:lambda/permission:Permission",
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketNotification:BucketNotification",
    "aws:s3/bucketObjectv2:BucketObjectv2",  # S3 bills tags of objects, one by one
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:scheduler/schedule:Schedule",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queuePolicy:QueuePolicy",
    "mlops:index:FeatureDefinitions",  # part of a group
}
"""What pulumi-aws gives no tags."""
UNNAMED = {
    "aws:sagemaker/model:Model": "name",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:iam/role:Role": "name",
    "aws:dynamodb/table:Table": "name",
    "aws:lambda/function:Function": "name",
    "aws:sqs/queue:Queue": "name",
}
"""What must be able to stand beside its successor, and the input that would name it."""
KNOWN_OUTSIDE = {"deployment-preview-role", "deployment-deploy-role"}
"""What workflows name."""
STATEFUL = {
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "aws:sagemaker/featureGroup:FeatureGroup",
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer",
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
    "aws:dynamodb/table:Table",
    "aws:ecr/repository:Repository",
    "aws:kinesis/stream:Stream",
    "kubernetes:core/v1:Namespace",  # what is in it goes with it
}


INLINE_POLICY_CHARACTERS = 10_240
"""IAM's limit on the inline policies of a role, white space not counted."""
KEY_OF: dict[str, tuple[str | int, ...]] = {
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "rules",
        0,
        "applyServerSideEncryptionByDefault",
        "kmsMasterKeyId",
    ),
    "aws:sagemaker/featureGroup:FeatureGroup": ("onlineStoreConfig", "securityConfig", "kmsKeyId"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": ("kmsKeyArn",),
    "aws:cloudtrail/trail:Trail": ("kmsKeyId",),
    "aws:ecr/repository:Repository": ("encryptionConfigurations", 0, "kmsKey"),
    "aws:dynamodb/table:Table": ("serverSideEncryption", "kmsKeyArn"),
    "aws:kinesis/stream:Stream": ("kmsKeyId",),
    "aws:lambda/function:Function": ("kmsKeyArn",),
    "aws:sqs/queue:Queue": ("kmsMasterKeyId",),
    "aws:cloudwatch/logGroup:LogGroup": ("kmsKeyId",),
    "aws:codebuild/project:Project": ("encryptionKey",),
    "aws:scheduler/schedule:Schedule": ("kmsKeyArn",),
    "aws:sagemaker/domain:Domain": ("kmsKeyId",),
}
"""Where each type names its key."""


@cache
def plan(stack: str, *, live: bool = True, standing: bool = False) -> ResourceGraph:
    arn = support.package_arn(stack) if live else None
    return support.graph(stack, live=arn, standing=standing)


@pytest.mark.parametrize("stack", RECORDED)
def test_stack_plans_to_its_inventory(stack: str) -> None:
    inventory.check(plan(stack), INVENTORIES / f"{stack}.yaml")


def test_a_team_whose_inventories_are_kept_has_one_of_each_stack() -> None:
    teams = {stack.partition("-")[0] for stack in RECORDED}
    assert teams >= {"flights", "vision"}
    assert [stack for stack in STACKS if stack.partition("-")[0] in teams] == RECORDED


@every_stack
def test_a_first_version_adds_model_and_endpoint_and_nothing_else_changes(stack: str) -> None:
    before, after = plan(stack, live=False), plan(stack, live=True)
    added = {after.resources[urn].type for urn in after.resources.keys() - before.resources.keys()}
    assert (
        {
            "aws:sagemaker/model:Model",
            "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
            "aws:sagemaker/endpoint:Endpoint",
        }
        <= added
        <= {
            "aws:sagemaker/model:Model",
            "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
            "aws:sagemaker/endpoint:Endpoint",
            "aws:appautoscaling/target:Target",
            "aws:appautoscaling/policy:Policy",
            "aws:appautoscaling/scheduledAction:ScheduledAction",
            "kubernetes:apps/v1:Deployment",
            "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
            "kubernetes:policy/v1:PodDisruptionBudget",
        }
    )
    for urn, resource in before.resources.items():
        assert comparable(after.resources[urn]) == comparable(resource)


@every_stack
def test_a_stack_without_version_says_so(stack: str) -> None:
    before, after = plan(stack, live=False).outputs, plan(stack).outputs
    for use_case in support.use_cases(stack):
        status = f"{use_case}_endpoint_status"
        assert before[status] == "no version was approved yet: the stack stands without an endpoint"
        assert after[status] == support.package_arn(stack, use_case=use_case)


@every_stack
def test_another_version_changes_the_model_and_nothing_else(stack: str) -> None:
    before, after = plan(stack), support.graph(stack, live=support.package_arn(stack, 4))
    changed = {
        urn
        for urn, one in after.resources.items()
        if comparable(one) != comparable(before.resources[urn])
    }
    models = {f"{use_case}-serving-model" for use_case in support.use_cases(stack)}
    pods = {one.name for one in after.of_type("kubernetes:apps/v1:Deployment")}
    assert {after.resources[urn].name for urn in changed} == models | pods
    assert before.resources.keys() == after.resources.keys()


@every_stack
def test_every_resource_lies_in_a_component(stack: str) -> None:
    graph = plan(stack)
    loose = {one.type for one in graph.resources.values() if one.custom and one.parent is None}
    assert all(one.startswith(support.PROVIDERS) for one in loose), loose


@every_stack
def test_everything_that_takes_tags_carries_the_stack_and_its_component(stack: str) -> None:
    graph = plan(stack)
    team, environment = stack.split("-")
    for one in graph.resources.values():
        if not one.custom or one.type in UNTAGGED or one.type.startswith(support.PROVIDERS):
            assert "tags" not in one.inputs
            continue
        wanted = {"project": "mlops-loop", "environment": environment, "team": team}
        if one.type.startswith(support.CLUSTER):
            own = one.inputs["metadata"]
            assert own["labels"].items() >= wanted.items(), one.name
            assert own["annotations"]["owner"], one.name
            continue
        tags = one.inputs["tags"]
        assert tags.items() >= wanted.items(), one.name
        assert tags["owner"], one.name
        assert tags["component"] == component_of(graph, one).name, one.name


@every_stack
def test_what_is_replaced_by_its_successor_has_no_name_of_ours(stack: str) -> None:
    # Policies of the account before name the role that copies from it.
    known = KNOWN_OUTSIDE | {f"{name}-promotion-role" for name in support.use_cases(stack)}
    named = [
        one.name
        for one in plan(stack).resources.values()
        if one.type in UNNAMED and UNNAMED[one.type] in one.inputs and one.name not in known
    ]
    assert not named


@every_stack
def test_what_holds_data_is_protected_where_the_stack_asks_for_it(stack: str) -> None:
    declared = {one.type for one in plan(stack).resources.values()}
    protected = {one.type for one in plan(stack).resources.values() if one.protect}
    asked = stack.endswith(("-prod", "-staging"))
    assert protected == (STATEFUL & declared if asked else set())


@every_stack
def test_no_policy_allows_a_wildcard_of_a_service(stack: str) -> None:
    for one, statement in statements(plan(stack, standing=True)):
        # A permissions boundary grants nothing: its wildcards are held to in tests/people.
        if statement["Effect"] == "Allow" and one.type not in {
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            "aws:iam/policy:Policy",
        }:
            actions = statement["Action"]
            wild = [a for a in ([actions] if isinstance(actions, str) else actions) if "*" in a]
            assert not wild, f"{one.name} allows {wild}"


NO_NARROWER = {
    "ce:GetCostAndUsage",
    "ce:GetCostForecast",
    "ce:GetDimensionValues",
    "ce:GetTags",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:GetMetricWidgetImage",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListMetrics",
    "dynamodb:ListTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ecr:GetAuthorizationToken",
    "logs:DescribeLogGroups",
    "logs:StopQuery",
    "sagemaker:ListApps",
    "sagemaker:ListAssociations",
    "sagemaker:ListDomains",
    "sagemaker:ListEndpoints",
    "sagemaker:ListExperiments",
    "sagemaker:ListFeatureGroups",
    "sagemaker:ListModelPackageGroups",
    "sagemaker:ListPipelines",
    "sagemaker:ListProcessingJobs",
    "sagemaker:ListSpaces",
    "sagemaker:ListTrainingJobs",
    "sagemaker:ListTrialComponents",
    "sagemaker:ListTrials",
    "sagemaker:ListUserProfiles",
    "sagemaker:QueryLineage",
    "sagemaker:Search",
    "tag:GetResources",
    "xray:BatchGetTraces",
    "xray:GetTraceSummaries",
    "cloudwatch:PutMetricData",
    "xray:PutTraceSegments",
    "sagemaker:ListArtifacts",
    "xray:PutTelemetryRecords",
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:DescribeScheduledActions",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
}
"""Actions that IAM offers no resource for."""


@every_stack
def test_every_resource_is_only_for_actions_that_take_none(stack: str) -> None:
    for one, statement in statements(plan(stack, standing=True)):
        if one.type == "aws:iam/rolePolicy:RolePolicy" and statement["Resource"] == "*":
            assert set(statement["Action"]) <= NO_NARROWER, one.name


@every_stack
def test_iam_takes_every_policy_and_trust(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")
    graph = plan(stack, standing=True)
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1")
        for role in graph.of_type("aws:iam/role:Role"):
            iam.create_role(
                RoleName=role.inputs.get("name", role.name),
                AssumeRolePolicyDocument=role.inputs["assumeRolePolicy"],
            )
        for policy in graph.of_type("aws:iam/rolePolicy:RolePolicy"):
            iam.put_role_policy(
                RoleName=policy.inputs["role"],
                PolicyName=policy.name,
                PolicyDocument=policy.inputs["policy"],
            )
            size = len("".join(policy.inputs["policy"].split()))
            assert size <= INLINE_POLICY_CHARACTERS, f"{policy.name} has {size} characters"


@every_stack
def test_no_service_assumes_a_role_for_another_account(stack: str) -> None:
    for role in plan(stack, standing=True).of_type("aws:iam/role:Role"):
        for statement in json.loads(role.inputs["assumeRolePolicy"])["Statement"]:
            if statement["Principal"] == {"Service": "lambda.amazonaws.com"}:
                continue  # Lambda sends no source account
            if "AWS" in statement["Principal"]:
                continue  # a person, not a service: tests/people
            if "Federated" in statement["Principal"]:
                continue  # a workflow on GitHub: tests/unit/components/test_deployment_access.py
            account = statement["Condition"]["StringEquals"]["aws:SourceAccount"]
            assert account == "123456789012", role.name


@every_stack
def test_everything_that_keeps_data_is_encrypted_with_a_key_of_the_stack(stack: str) -> None:
    graph = plan(stack, standing=True)
    keys = {
        key.name: f"arn:aws:mock:us-east-1:123456789012:{key.name}"
        for key in graph.of_type("aws:kms/key:Key")
    }
    classes = {f"store-{kind}-data-key" for kind in ("raw", "features", "artifacts", "capture")}
    assert set(keys) == {*classes, "operations-key"}
    for token, path in KEY_OF.items():
        for one in graph.of_type(token):
            if one.name == "store-logs-encryption":
                continue  # S3's log delivery cannot use customer keys
            variants = one.inputs.get("productionVariants", ())
            if any(has_local_storage(each["instanceType"]) for each in variants):
                continue  # its own disks are encrypted by their hardware and take no key
            found: Any = one.inputs
            for part in path:
                found = found[part]
            assert found in keys.values(), one.name


def test_no_source_names_the_partition_of_one_part_of_the_world() -> None:
    root = Path(__file__).parents[2]
    for path in [*root.glob("components/*.py"), *root.glob("infra/*.py")]:
        texts = [
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert not [text for text in texts if "arn:aws:" in text], path.name


def test_the_program_imports_no_sagemaker_sdk() -> None:
    program = (
        "import sys, infra.program; from tests.stacks import support;"
        "support.graph('flights-prod', live=None);"
        "sys.exit(', '.join(sorted({'sagemaker', 'pandas', 'moto'} & sys.modules.keys())) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def comparable(one: Resource) -> dict[str, Any]:
    """Everything about a resource but assets, which have no equality."""
    inputs = {k: v for k, v in one.inputs.items() if k not in {"code", "source"}}
    return {"type": one.type, "inputs": inputs, "protect": one.protect, "parent": one.parent}


def component_of(graph: ResourceGraph, one: Resource) -> Resource:
    assert one.parent is not None
    return graph.resources[one.parent]


def statements(graph: ResourceGraph) -> list[tuple[Resource, dict[str, Any]]]:
    return [
        (one, statement)
        for one in graph.resources.values()
        if isinstance(policy := one.inputs.get("policy"), str)
        for statement in json.loads(policy).get("Statement", ())  # ECR's lifecycles have none
    ]
