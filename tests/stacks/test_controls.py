"""Every stack file, held to the controls that apply to what it declares, by their ids.

What is not held in every stack must be named, with its reason, in the table of
``docs/adr/20261121-which-security-controls-hold.md``; and what that table names must really not
hold somewhere. Neither goes stale unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.graph.model import Resource, ResourceGraph
from stacks.layers import stacks
from tests.stacks import support

ADR = Path(__file__).parents[2] / "docs/adr/20261121-which-security-controls-hold.md"
CONTROL = re.compile(r"\b(?:[A-Z][A-Za-z0-9]+)\.\d+\b")
Check = Callable[[ResourceGraph], Iterable[str]]
"""Returns the names of what breaks a control."""
SIBLINGS = {
    "access": "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "encryption": "aws:s3/bucketServerSideEncryptionConfiguration"
    ":BucketServerSideEncryptionConfiguration",
    "lifecycle": "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "logging": "aws:s3/bucketLogging:BucketLogging",
    "notification": "aws:s3/bucketNotification:BucketNotification",
    "ownership": "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "policy": "aws:s3/bucketPolicy:BucketPolicy",
    "versioning": "aws:s3/bucketVersioning:BucketVersioning",
}
"""What S3 keeps beside a bucket: end of its logical name, type."""


@cache
def standing(stack: str) -> ResourceGraph:
    return support.graph(stack, live=support.package_arn(stack), standing=True)


def each(token: str, holds: Callable[[dict[str, Any]], object]) -> Check:
    """Return a check of every resource of a type."""
    return lambda graph: [one.name for one in graph.of_type(token) if not holds(dict(one.inputs))]


def buckets(sibling: str, holds: Callable[[dict[str, Any]], object]) -> Check:
    """Return a check of one setting of every bucket; a bucket without it breaks the control."""

    def check(graph: ResourceGraph) -> Iterable[str]:
        settings = {one.name: one for one in graph.of_type(SIBLINGS[sibling])}
        for bucket in graph.of_type("aws:s3/bucket:Bucket"):
            setting = settings.get(f"{bucket.name}-{sibling}")
            if setting is None or not holds(dict(setting.inputs)):
                yield bucket.name

    return check


def statements(one: Resource, key: str = "policy") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(one.inputs[key])["Statement"]
    return found


def policies(token: str, holds: Callable[[dict[str, Any]], object]) -> Check:
    """Return a check of every statement of every policy of a type."""
    return lambda graph: [
        one.name
        for one in graph.of_type(token)
        if not all(holds(statement) for statement in statements(one))
    ]


def absent(*tokens: str) -> Check:
    """Return a check that nothing of these types is declared."""
    return lambda graph: [one.name for token in tokens for one in graph.of_type(token)]


def vpcs(graph: ResourceGraph) -> Iterable[str]:
    """Yield networks that are not logged."""
    logged = {one.inputs["vpcId"] for one in graph.of_type("aws:ec2/flowLog:FlowLog")}
    return [one.name for one in graph.of_type("aws:ec2/vpc:Vpc") if f"{one.name}-id" not in logged]


def default_groups(graph: ResourceGraph) -> Iterable[str]:
    """Yield networks whose default security group is not taken over and emptied."""
    closed = {
        one.inputs["vpcId"]
        for one in graph.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
        if not (one.inputs.get("ingress") or one.inputs.get("egress"))
    }
    return [one.name for one in graph.of_type("aws:ec2/vpc:Vpc") if f"{one.name}-id" not in closed]


def no_trail(graph: ResourceGraph) -> Iterable[str]:
    return [] if graph.of_type(TRAIL) else ["the stack"]


def denies_clear_text(one: dict[str, Any]) -> bool:
    return any(
        statement["Effect"] == "Deny"
        and statement["Action"] == ["s3:*"]
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in json.loads(one["policy"])["Statement"]
    )


READS = {
    "s3:GetBucketLocation",
    "s3:GetBucketVersioning",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
}


def lets_other_accounts_only_read(one: dict[str, Any]) -> bool:
    return all(
        statement["Effect"] == "Deny"
        or set(statement["Principal"]) == {"Service"}
        or set(statement["Action"]) <= READS
        for statement in json.loads(one["policy"])["Statement"]
    )


def blocks_all(one: dict[str, Any]) -> bool:
    return all(
        one[key]
        for key in (
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
        )
    )


def no_decrypt_on_every_key(statement: dict[str, Any]) -> bool:
    actions, on = statement["Action"], statement["Resource"]
    return statement["Effect"] == "Deny" or not (
        any(action.startswith("kms:") for action in actions)
        and any(
            one == "*" or one.endswith("key/*") for one in ([on] if isinstance(on, str) else on)
        )
    )


def no_wildcard(statement: dict[str, Any]) -> bool:
    actions = statement["Action"]
    listed = [actions] if isinstance(actions, str) else actions
    return statement["Effect"] == "Deny" or not [one for one in listed if "*" in one]


KEY, ROLE_POLICY = "aws:kms/key:Key", "aws:iam/rolePolicy:RolePolicy"
TRAIL, TABLE = "aws:cloudtrail/trail:Trail", "aws:dynamodb/table:Table"
FUNCTION, PERMISSION = "aws:lambda/function:Function", "aws:lambda/permission:Permission"
REPOSITORY, PROJECT = "aws:ecr/repository:Repository", "aws:codebuild/project:Project"
GROUP, MODEL = "aws:sagemaker/featureGroup:FeatureGroup", "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
DOMAIN = "aws:sagemaker/domain:Domain"
CHECKS: dict[str, Check] = {
    "S3.2": buckets("access", blocks_all),
    "S3.3": buckets("access", blocks_all),
    "S3.5": buckets("policy", denies_clear_text),
    "S3.6": buckets("policy", lets_other_accounts_only_read),
    "S3.7": absent("aws:s3/bucket:Bucket"),
    "S3.8": buckets("access", blocks_all),
    "S3.9": buckets("logging", lambda one: one["targetBucket"]),
    "S3.10": buckets("lifecycle", lambda one: one["rules"]),
    "S3.11": buckets("notification", lambda one: one["eventbridge"]),
    "S3.12": buckets(
        "ownership", lambda one: one["rule"]["objectOwnership"] == "BucketOwnerEnforced"
    ),
    "S3.13": buckets("lifecycle", lambda one: one["rules"]),
    "S3.14": buckets(
        "versioning", lambda one: one["versioningConfiguration"]["status"] == "Enabled"
    ),
    "S3.15": each("aws:s3/bucket:Bucket", lambda one: one.get("objectLockEnabled")),
    "S3.17": buckets(
        "encryption",
        lambda one: one["rules"][0]["applyServerSideEncryptionByDefault"].get("kmsMasterKeyId"),
    ),
    "S3.19": absent("aws:s3/accessPoint:AccessPoint"),
    "S3.20": buckets(
        "versioning", lambda one: one["versioningConfiguration"].get("mfaDelete") == "Enabled"
    ),
    "KMS.2": policies(ROLE_POLICY, no_decrypt_on_every_key),
    "KMS.4": each(KEY, lambda one: one["enableKeyRotation"]),
    "KMS.5": policies(KEY, lambda one: "*" not in one["Principal"].values()),
    "IAM.1": policies(ROLE_POLICY, no_wildcard),
    "IAM.2": absent("aws:iam/userPolicy:UserPolicy", "aws:iam/user:User"),
    "IAM.21": policies(ROLE_POLICY, no_wildcard),
    "Lambda.1": each(PERMISSION, lambda one: one["principal"] != "*" and one.get("sourceArn")),
    "Lambda.2": each(FUNCTION, lambda one: one["runtime"] in {"python3.12", "python3.13"}),
    "Lambda.3": each(FUNCTION, lambda one: one.get("vpcConfig")),
    "Lambda.5": each(FUNCTION, lambda one: len(one.get("vpcConfig", {}).get("subnetIds", ())) > 1),
    "SNS.1": each("aws:sns/topic:Topic", lambda one: one.get("kmsMasterKeyId")),
    "SQS.1": each("aws:sqs/queue:Queue", lambda one: one["kmsMasterKeyId"]),
    "ECR.1": each(REPOSITORY, lambda one: one["imageScanningConfiguration"]["scanOnPush"]),
    "ECR.2": each(REPOSITORY, lambda one: one["imageTagMutability"] == "IMMUTABLE"),
    "ECR.3": lambda graph: (
        {one.inputs["name"] for one in graph.of_type(REPOSITORY)}
        - {
            one.inputs["repository"]
            for one in graph.of_type("aws:ecr/lifecyclePolicy:LifecyclePolicy")
        }
    ),
    "DynamoDB.1": each(TABLE, lambda one: one["billingMode"] == "PAY_PER_REQUEST"),
    "DynamoDB.2": each(TABLE, lambda one: one["pointInTimeRecovery"]["enabled"]),
    "DynamoDB.6": each(TABLE, lambda one: one["deletionProtectionEnabled"]),
    "CodeBuild.1": each(PROJECT, lambda one: "@" not in str(one["source"].get("location"))),
    "CodeBuild.2": each(
        PROJECT,
        lambda one: (
            not [
                variable
                for variable in one["environment"].get("environmentVariables", ())
                if "AWS_" in variable["name"]
            ]
        ),
    ),
    "CodeBuild.3": absent("aws:codebuild/reportGroup:ReportGroup"),
    "CodeBuild.4": each(
        PROJECT, lambda one: one["logsConfig"]["cloudwatchLogs"]["status"] == "ENABLED"
    ),
    "CloudTrail.1": lambda graph: [
        "the stack",
        *(one.name for one in graph.of_type(TRAIL) if not one.inputs.get("isMultiRegionTrail")),
    ],
    "CloudTrail.2": each(TRAIL, lambda one: one["kmsKeyId"]),
    "CloudTrail.3": no_trail,
    "CloudTrail.4": each(TRAIL, lambda one: one["enableLogFileValidation"]),
    "CloudTrail.5": each(TRAIL, lambda one: one["cloudWatchLogsGroupArn"]),
    "CloudTrail.6": buckets("access", blocks_all),
    "CloudTrail.7": lambda graph: [
        one.name
        for one in graph.of_type("aws:s3/bucket:Bucket")
        if one.name.startswith("audit-")
        and f"{one.name}-logging" not in {log.name for log in graph.of_type(SIBLINGS["logging"])}
    ],
    "EC2.2": default_groups,
    "EC2.6": vpcs,
    "EC2.15": each("aws:ec2/subnet:Subnet", lambda one: one["mapPublicIpOnLaunch"] is False),
    "SageMaker.4": each(
        CONFIGURATION,
        lambda one: all(
            variant.get("initialInstanceCount", 2) > 1 for variant in one["productionVariants"]
        ),
    ),
    "SageMaker.5": each(MODEL, lambda one: one["enableNetworkIsolation"]),
    "SageMaker.16": each(MODEL, lambda one: "imageConfig" in (one.get("primaryContainer") or {})),
    "SageMaker.17": each(
        GROUP, lambda one: one["offlineStoreConfig"]["s3StorageConfig"]["kmsKeyId"]
    ),
    "sagemaker-domain-in-vpc": each(DOMAIN, lambda one: one["appNetworkAccessType"] == "VpcOnly"),
    "CKV_AWS_187": each(DOMAIN, lambda one: one.get("kmsKeyId")),
    "SageMaker.18": each(GROUP, lambda one: one["onlineStoreConfig"]["securityConfig"]["kmsKeyId"]),
}
"""Control to what breaks it, of those that apply to what is declared."""


def waived() -> dict[str, str]:
    """Return each control that the decision's table names, with its row."""
    rows = [line for line in ADR.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return {control: row for row in rows for control in CONTROL.findall(row.split("|")[1])}


@pytest.mark.parametrize("control", CHECKS)
def test_a_control_holds_in_every_stack_or_the_decision_says_why_not(control: str) -> None:
    broken = {stack: sorted(CHECKS[control](standing(stack))) for stack in stacks()}
    broken = {stack: names for stack, names in broken.items() if names}
    if row := waived().get(control):
        what, why = (cell.strip() for cell in row.split("|")[2:4])
        assert what, control
        assert why, control
        assert broken, f"{control} holds everywhere: take it out of the decision's table"
    else:
        assert not broken, f"{control} does not hold, and {ADR.name} does not say why"


def test_the_decision_waives_nothing_that_is_not_checked() -> None:
    assert waived().keys() <= CHECKS.keys()


def test_studio_stands_in_dev_alone() -> None:
    assert [stack for stack in stacks() if standing(stack).of_type(DOMAIN)] == ["flights-dev"]


def test_every_stack_outside_the_sandbox_has_a_network_of_its_own() -> None:
    with_network = {stack for stack in stacks() if standing(stack).of_type("aws:ec2/vpc:Vpc")}
    assert with_network == {stack for stack in stacks() if not stack.endswith("-sandbox")}
