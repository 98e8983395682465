"""What the people of a team may do: a document for each role of the MLOps paper.

arXiv 2205.02302, section "Roles". None of them changes what is declared: that is a commit's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, get_args

from components._iam import Statement, allow, document, read_objects
from components._iam_experiments import scientists_data, start_experiments
from components._iam_team import (
    Team,
    alarms_and_dashboards,
    call_api,
    decrypt,
    deliver_code,
    encrypt,
    logs,
    read_experiments,
    read_features,
    read_models,
    read_pipelines,
    tagged,
)
from components._place import Place

Role = Literal[
    "business_stakeholder",
    "solution_architect",
    "data_scientist",
    "data_engineer",
    "software_engineer",
    "devops_engineer",
    "ml_engineer",
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""R1 to R7 of the paper, in its order."""


def may(role: Role, place: Place, team: Team) -> str:
    """Return the policy of a role."""
    return document(*_DOCUMENTS[role](place, team))


def _business_stakeholder(place: Place, team: Team) -> Sequence[Statement]:
    return (
        *alarms_and_dashboards(place, team),
        allow(
            "ce:GetCostAndUsage",
            "ce:GetCostForecast",
            "ce:GetDimensionValues",
            "ce:GetTags",
            on="*",  # asked without a billing view, Cost Explorer takes no resource
        ),
        allow("budgets:ViewBudget", on=place.global_arn("budgets", f"budget/{team.stack}-*")),
    )


def _solution_architect(place: Place, team: Team) -> Sequence[Statement]:
    buckets = [place.s3(bucket) for bucket in team.buckets]
    return (
        *read_pipelines(place, team),
        *read_models(place, team),
        *alarms_and_dashboards(place, team),
        allow(
            "sagemaker:DescribeFeatureGroup",
            on=place.arn("sagemaker", f"feature-group/{team.stack}-*"),
        ),
        allow(
            "s3:GetBucketLocation",
            "s3:GetBucketLogging",
            "s3:GetBucketNotification",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketTagging",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            on=buckets,
        ),
        allow(
            "kms:DescribeKey",
            "kms:GetKeyPolicy",
            "kms:GetKeyRotationStatus",
            on=list(team.key_arns),
        ),
        allow(
            "apigateway:GET",
            "codebuild:BatchGetProjects",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeTable",
            "events:DescribeRule",
            "events:ListTargetsByRule",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "lambda:GetFunctionConfiguration",
            "lambda:GetPolicy",
            "sns:GetTopicAttributes",
            "sqs:GetQueueAttributes",
            on=[
                f"arn:{place.partition}:apigateway:{place.region}::/restapis/*",
                place.arn("codebuild", "project/*"),
                place.arn("dynamodb", "table/*"),
                place.arn("events", "rule/*"),
                place.global_arn("iam", "role/*"),
                place.arn("lambda", "function:*"),
                place.arn("sns", "*"),
                place.arn("sqs", "*"),
            ],
            # Pulumi names these; the stack's tags tell which they are.
            when=tagged(team),
        ),
        allow(
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScalingPolicies",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpcs",
            "logs:DescribeLogGroups",
            "tag:GetResources",
            on="*",  # none of them takes a resource
        ),
    )


def _data_scientist(place: Place, team: Team) -> Sequence[Statement]:
    return (
        *read_features(place, team),
        *read_objects(place, *scientists_data(team)),
        *read_pipelines(place, team),
        *read_models(place, team),
        *read_experiments(place, team),
        *alarms_and_dashboards(place, team),
        *(start_experiments(place, team) if team.experiment_role_arn else ()),
        decrypt(*team.data_key_arns),
    )


def _data_engineer(place: Place, team: Team) -> Sequence[Statement]:
    pipelines = place.arn("sagemaker", f"pipeline/{team.stack}-*-features")
    writes: Sequence[Statement] = ()
    if team.raw_data_by_hand:
        prefixes = [place.s3(f"{team.raw_bucket}/{one}/*") for one in ("raw", "labels", "planned")]
        writes = (
            allow("s3:PutObject", "s3:AbortMultipartUpload", on=prefixes),
            encrypt(team.raw_key_arn),
        )
    return (
        *read_features(place, team),
        *read_objects(
            place, f"{team.raw_bucket}/", f"{team.features_bucket}/", f"{team.artifacts_bucket}/"
        ),
        *writes,
        *read_pipelines(place, team),
        allow("sagemaker:StartPipelineExecution", on=pipelines),
        allow(
            "sagemaker:RetryPipelineExecution",
            "sagemaker:StopPipelineExecution",
            on=f"{pipelines}/execution/*",
        ),
        *alarms_and_dashboards(place, team),
        decrypt(team.raw_key_arn, team.features_key_arn, team.artifacts_key_arn),
    )


def _software_engineer(place: Place, team: Team) -> Sequence[Statement]:
    return (
        *read_objects(place, f"{team.artifacts_bucket}/code/"),
        decrypt(team.artifacts_key_arn),
        allow(
            "codebuild:BatchGetBuilds",
            "codebuild:BatchGetProjects",
            "codebuild:ListBuildsForProject",
            "lambda:GetFunction",
            "lambda:GetFunctionConfiguration",
            on=[place.arn("codebuild", "project/*"), place.arn("lambda", "function:*")],
            when=tagged(team),
        ),
        *call_api(team),
        allow(
            "sagemaker:DescribeEndpoint",
            on=place.arn("sagemaker", f"endpoint/{team.stack}-*"),
        ),
        *alarms_and_dashboards(place, team),
        *logs(place, team),
    )


def _devops_engineer(place: Place, team: Team) -> Sequence[Statement]:
    projects = place.arn("codebuild", "project/*")
    return (
        # A build runs as the project declares it: every part that a caller could bring is absent.
        allow(
            "codebuild:StartBuild",
            on=projects,
            when={**tagged(team), "Null": dict.fromkeys(_OVERRIDES, "true")},
        ),
        allow(
            "codebuild:BatchGetBuilds",
            "codebuild:BatchGetProjects",
            "codebuild:ListBuildsForProject",
            "codebuild:RetryBuild",
            "codebuild:StopBuild",
            on=projects,
            when=tagged(team),
        ),
        *deliver_code(place, team),
        allow(
            "sagemaker:StopPipelineExecution",
            on=place.arn("sagemaker", f"pipeline/{team.stack}-*/execution/*"),
        ),
        *read_pipelines(place, team),
        *read_models(place, team),
        *alarms_and_dashboards(place, team),
        allow(
            "cloudwatch:DisableAlarmActions",
            "cloudwatch:EnableAlarmActions",
            on=place.arn("cloudwatch", f"alarm:{team.stack}-*"),
        ),
        *logs(place, team),
        allow("sqs:GetQueueAttributes", on=place.arn("sqs", "*"), when=tagged(team)),
        allow(
            "lambda:GetFunctionConfiguration",
            on=place.arn("lambda", "function:*"),
            when=tagged(team),
        ),
        allow("xray:BatchGetTraces", "xray:GetTraceSummaries", on="*"),  # take no resource
    )


def _ml_engineer(place: Place, team: Team) -> Sequence[Statement]:
    pipelines = place.arn("sagemaker", f"pipeline/{team.stack}-*")
    approved = {"StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}}
    return (
        allow(
            "sagemaker:UpdateModelPackage",
            on=place.arn("sagemaker", f"model-package/{team.stack}-*"),
            when=approved,
        ),
        *read_models(place, team),
        *read_experiments(place, team),
        *read_features(place, team),
        *read_objects(place, *scientists_data(team)),
        *read_pipelines(place, team),
        allow("sagemaker:StartPipelineExecution", on=pipelines),
        allow(
            "sagemaker:RetryPipelineExecution",
            "sagemaker:StopPipelineExecution",
            on=f"{pipelines}/execution/*",
        ),
        *call_api(team),
        # The retraining gate's decisions, each with its reason.
        allow(
            "dynamodb:DescribeTable",
            "dynamodb:GetItem",
            "dynamodb:ListTagsOfResource",
            "dynamodb:Query",
            "dynamodb:Scan",
            on=place.arn("dynamodb", "table/*"),
            when=tagged(team),
        ),
        allow("dynamodb:ListTables", on="*"),  # takes no resource
        # Lineage compares the bytes that a model was trained on with those that lie there now.
        allow("s3:ListBucketVersions", on=place.s3(team.raw_bucket)),
        *alarms_and_dashboards(place, team),
        *logs(place, team),
        decrypt(*team.key_arns),
    )


_OVERRIDES: Final = (
    "codebuild:artifacts",
    "codebuild:environment.computeType",
    "codebuild:environment.environmentVariables",
    "codebuild:environment.image",
    "codebuild:environment.privilegedMode",
    "codebuild:logsConfig",
    "codebuild:secondarySources",
    "codebuild:serviceRole",
    "codebuild:source.buildspec",
    "codebuild:source.location",
)
"""What a start of a build could bring in place of what the project declares."""
_DOCUMENTS: Final[Mapping[Role, Callable[[Place, Team], Sequence[Statement]]]] = MappingProxyType(
    {
        "business_stakeholder": _business_stakeholder,
        "solution_architect": _solution_architect,
        "data_scientist": _data_scientist,
        "data_engineer": _data_engineer,
        "software_engineer": _software_engineer,
        "devops_engineer": _devops_engineer,
        "ml_engineer": _ml_engineer,
    }
)
