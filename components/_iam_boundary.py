"""The most that any person of a team can ever do, whatever a policy of theirs allows."""

from __future__ import annotations

from collections.abc import Sequence

from components._iam import Condition, Statement, allow, dashboards, deny, document
from components._iam_team import Team, tagged
from components._place import Place
from components._tags import others_denied

POLICY_NAME = "people-boundary"
"""By which the roles that deploy know it, below :func:`path`."""


def boundary(place: Place, team: Team) -> str:
    """Return the permissions boundary of the team's roles.

    It grants nothing. What it leaves open is narrowed by each role's own policy; what it leaves out
    no policy brings back: IAM, other roles, other teams' resources, endpoints and everything else
    that is declared. Wildcards stand for families of one service's operations, never for all.
    """
    return document(*_own(place, team), *_everywhere(), *_never(team))


def trust(place: Place, principals: Sequence[str], *, studio: bool = False) -> str:
    """Let principals assume a role; the account's own, with a second factor, where none is named.

    ``principals`` are ARNs of roles and users, perhaps with wildcards, as the roles of IAM Identity
    Center need them. Users must bring a second factor; who holds a role brought it there. With
    ``studio`` SageMaker assumes the role too, for this account alone.
    """
    statements: list[Statement] = []
    roles = [arn for arn in principals if ":role/" in arn]
    users = [arn for arn in principals if ":role/" not in arn]
    if roles:
        statements.append(_assume(_accounts(roles), {"ArnLike": {"aws:PrincipalArn": roles}}))
    if users:
        named = {"ArnLike": {"aws:PrincipalArn": users}}
        statements.append(_assume(_accounts(users), {**named, **_SECOND_FACTOR}))
    if not principals:
        statements.append(_assume([place.global_arn("iam", "root")], _SECOND_FACTOR))
    if studio:
        statements.append(
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": place.account_id}},
            }
        )
    return document(*statements)


def _assume(accounts: Sequence[str], condition: Condition) -> Statement:
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": list(accounts)},
        "Condition": condition,
    }


def _accounts(arns: Sequence[str]) -> list[str]:
    """Return the roots of the accounts of principals; which of them, a condition says.

    Principals themselves take no wildcards, and IAM forgets one that is made anew.
    """
    parts = [arn.split(":") for arn in arns]
    return sorted({f"arn:{part[1]}:iam::{part[4]}:root" for part in parts})


def _own(place: Place, team: Team) -> Sequence[Statement]:
    buckets = [place.s3(bucket) for bucket in team.buckets]
    return (
        allow(
            "sagemaker:AddTags",
            "sagemaker:AssociateTrialComponent",
            "sagemaker:BatchGet*",
            "sagemaker:BatchPutMetrics",
            "sagemaker:CreateExperiment",
            "sagemaker:CreateProcessingJob",
            "sagemaker:CreateTrainingJob",
            "sagemaker:CreateTrial*",
            "sagemaker:Describe*",
            "sagemaker:Get*",
            "sagemaker:List*",
            "sagemaker:RetryPipelineExecution",
            "sagemaker:StartPipelineExecution",
            "sagemaker:StopPipelineExecution",
            "sagemaker:StopProcessingJob",
            "sagemaker:StopTrainingJob",
            "sagemaker:UpdateModelPackage",
            "sagemaker:UpdateTrialComponent",
            "cloudwatch:*AlarmActions",
            "cloudwatch:DescribeAlarm*",
            "cloudwatch:GetDashboard",
            "budgets:ViewBudget",
            "codepipeline:Get*",
            "codepipeline:List*Executions",
            "codepipeline:PutApprovalResult",
            "codepipeline:RetryStageExecution",
            "codepipeline:StartPipelineExecution",
            "codepipeline:StopPipelineExecution",
            "execute-api:Invoke",
            "logs:DescribeLogStreams",
            "logs:FilterLogEvents",
            "logs:Get*",
            "logs:StartQuery",
            on=[
                place.arn("sagemaker", f"*/{team.stack}-*"),
                place.arn("cloudwatch", f"alarm:{team.stack}-*"),
                place.arn("codepipeline", f"{team.stack}-delivery*"),
                *dashboards(place, team.stack),
                place.global_arn("budgets", f"budget/{team.stack}-*"),
                place.arn("logs", f"log-group:/mlops/{team.stack}-*"),
                place.arn("logs", f"log-group:/aws/sagemaker/*{team.stack}-*"),
                *team.api_arns,
            ],
        ),
        allow(
            "s3:AbortMultipartUpload",
            "s3:GetBucket*",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:GetObject",
            "s3:ListBucket*",
            "s3:PutObject",
            on=[*buckets, *(f"{bucket}/*" for bucket in buckets)],
        ),
        allow(
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "kms:GetKey*",
            on=list(team.key_arns),
        ),
        allow(
            "kms:CreateGrant",
            on=team.artifacts_key_arn,
            when={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        allow(
            "apigateway:GET",
            "codebuild:*Build",
            "codebuild:BatchGet*",
            "codebuild:ListBuildsForProject",
            "dynamodb:Describe*",
            "dynamodb:GetItem",
            "dynamodb:List*",
            "dynamodb:Query",
            "dynamodb:Scan",
            "events:DescribeRule",
            "events:ListTargetsByRule",
            "iam:GetRole*",
            "iam:List*RolePolicies",
            "lambda:GetFunction*",
            "lambda:GetPolicy",
            "sagemaker:CreatePresignedDomainUrl",
            "sagemaker:Describe*",
            "sns:GetTopicAttributes",
            "sqs:GetQueueAttributes",
            on="*",  # what has no name of ours is known by its tags
            when=tagged(team),
        ),
        *_studio(place),
        *_pass(team),
    )


def _studio(place: Place) -> Sequence[Statement]:
    """Leave open spaces of one's own; whose they are, SageMaker says."""
    mine = place.arn("sagemaker", "user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}")
    places = [place.arn("sagemaker", f"{kind}/*") for kind in ("app", "space")]
    return (
        allow(
            "sagemaker:CreateApp",
            "sagemaker:CreateSpace",
            "sagemaker:DeleteApp",
            "sagemaker:DeleteSpace",
            "sagemaker:UpdateSpace",
            on=places,
            when={"ArnLike": {"sagemaker:OwnerUserProfileArn": mine}},
        ),
        allow(
            "sagemaker:AddTags",
            on=places,
            when={"StringEquals": {"sagemaker:TaggingAction": ["CreateApp", "CreateSpace"]}},
        ),
    )


def _pass(team: Team) -> Sequence[Statement]:
    if team.experiment_role_arn is None:
        return ()
    return (
        allow(
            "iam:PassRole",
            on=team.experiment_role_arn,
            when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
    )


def _everywhere() -> Sequence[Statement]:
    return (
        allow(
            "application-autoscaling:Describe*",
            "ce:Get*",
            "cloudwatch:GetMetric*",
            "cloudwatch:ListDashboards",
            "cloudwatch:ListMetrics",
            "dynamodb:ListTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpc*",
            "logs:DescribeLogGroups",
            "logs:StopQuery",
            "sagemaker:List*",
            "sagemaker:QueryLineage",
            "sagemaker:Search",
            "tag:GetResources",
            "xray:BatchGetTraces",
            "xray:GetTraceSummaries",
            on="*",  # these list, and take no resource
        ),
    )


def _never(team: Team) -> Sequence[Statement]:
    """Deny what a policy of a resource could otherwise open: IAM, other roles, other teams."""
    return (
        deny("NoIam", *_IAM),
        *others_denied(team.tags),
    )


_SECOND_FACTOR: Condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_IAM = (
    "account:*",
    "iam:Add*",
    "iam:Attach*",
    "iam:Change*",
    "iam:Create*",
    "iam:Deactivate*",
    "iam:Delete*",
    "iam:Detach*",
    "iam:Enable*",
    "iam:Put*",
    "iam:Remove*",
    "iam:Reset*",
    "iam:Set*",
    "iam:Tag*",
    "iam:Untag*",
    "iam:Update*",
    "iam:Upload*",
    "organizations:*",
    "sts:Assume*",
)
"""Whatever makes, changes or takes on an identity."""
