"""What a deployment may call: derived from the table of resource types, for the types in use.

The types stand in ``deployed_types.txt``, one a line, so that a wider role shows in a review;
``python -m infra.deployment_actions`` writes them anew from what all stacks declare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from infra.live_versions import NoVersions
from infra.resources.row import Row
from infra.resources.table import lookup

TYPES_FILE: Final = Path(__file__).with_name("deployed_types.txt")

RENAMED: Final[Mapping[str, tuple[str, ...]]] = {
    "budgets:CreateBudget": ("budgets:ModifyBudget",),
    "budgets:DeleteBudget": ("budgets:ModifyBudget",),
    "budgets:DescribeBudget": ("budgets:ViewBudget",),
    "budgets:UpdateBudget": ("budgets:ModifyBudget",),
    "lambda:GetFunction": ("lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig"),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
}
"""Operations whose IAM action has another name (Service Authorization Reference)."""
READS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:codebuild/project:Project": ("codebuild:ListProjects",),
    "aws:dynamodb/table:Table": (
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTimeToLive",
    ),
    "aws:iam/role:Role": (
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
    ),
    "aws:iam/policy:Policy": ("iam:GetPolicyVersion", "iam:ListPolicyVersions"),
    "aws:kms/key:Key": ("kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases"),
    "aws:lambda/function:Function": ("lambda:ListVersionsByFunction",),
    "aws:s3/bucket:Bucket": (
        "s3:GetAccelerateConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketPolicy",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetReplicationConfiguration",
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": ("s3:GetObjectTagging",),
    "aws:sagemaker/endpoint:Endpoint": (  # mlops quotas
        "servicequotas:ListAWSDefaultServiceQuotas",
        "servicequotas:ListRequestedServiceQuotaChangeHistory",
        "servicequotas:ListServiceQuotas",
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": (
        "sagemaker:DescribeModelPackage",
        "sagemaker:ListModelPackages",
    ),
}
"""What pulumi-aws, or the program, reads beyond the row's own operation."""
WRITES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:cloudwatch/logGroup:LogGroup": (
        "logs:AssociateKmsKey",
        "logs:DeleteRetentionPolicy",
        "logs:DisassociateKmsKey",
        "logs:PutRetentionPolicy",
    ),
    "aws:ecr/repository:Repository": (  # make image
        "ecr:BatchCheckLayerAvailability",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetAuthorizationToken",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ),
    "aws:dynamodb/table:Table": (
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTimeToLive",
    ),
    "aws:iam/policy:Policy": ("iam:CreatePolicyVersion", "iam:DeletePolicyVersion"),
    "aws:iam/role:Role": (
        "iam:PassRole",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
    ),
    "aws:kms/key:Key": (
        "kms:CreateGrant",
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        "kms:UpdateKeyDescription",
    ),
    "aws:lambda/function:Function": (
        "lambda:DeleteFunctionConcurrency",
        "lambda:PutFunctionConcurrency",
        "lambda:UpdateFunctionCode",
    ),
    "aws:s3/bucket:Bucket": ("s3:DeleteBucketPolicy", "s3:PutBucketTagging"),
    "aws:s3/bucketObjectv2:BucketObjectv2": ("s3:DeleteObjectVersion", "s3:ListBucketVersions"),
    "aws:sagemaker/endpoint:Endpoint": (
        "sagemaker:InvokeEndpoint",  # mlops verify
        "sagemaker:UpdateEndpoint",
        "sagemaker:UpdateEndpointWeightsAndCapacities",
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": ("sagemaker:DeleteModelPackage",),
    "aws:sns/topic:Topic": ("sns:SetTopicAttributes",),
    "aws:sqs/queue:Queue": ("sqs:SetQueueAttributes",),
}
"""What changes a resource beyond the row's own operations."""
VERBS: Final = {
    "read": ("apigateway:GET",),
    "write": (
        "apigateway:DELETE",
        "apigateway:PATCH",
        "apigateway:POST",
        "apigateway:PUT",
        "apigateway:UpdateRestApiPolicy",
    ),
}
"""API Gateway's actions are the verbs of its API."""


def deployed_types() -> list[str]:
    """Return the types that the stacks of this project declare, as they were written down."""
    return TYPES_FILE.read_text(encoding="utf-8").split()


def reading(types: Iterable[str]) -> list[str]:
    """Return the IAM actions that a preview with a refresh calls, sorted."""
    return sorted({action for token in types for action in _actions(token, reads=True)})


def writing(types: Iterable[str]) -> list[str]:
    """Return the IAM actions that an update calls beside those of a preview, sorted."""
    tokens = list(types)
    wanted = {action for token in tokens for action in _actions(token, reads=False)}
    return sorted(wanted - set(reading(tokens)))


def _actions(token: str, *, reads: bool) -> Iterable[str]:
    if token.startswith(("kubernetes:", "pulumi:providers:")):
        return ()  # the cluster decides by roles of its own
    row = lookup(token)
    if not isinstance(row, Row):
        raise TypeError(f"{token} must be a row, to tell its operations; got {type(row).__name__}")
    beside = (READS if reads else WRITES).get(token, ())
    if row.service == "apigateway":
        return VERBS["read" if reads else "write"]
    tags = row.tagging
    if reads:
        operations = [row.read_op, tags.list if tags else None]
    else:
        changes = [row.create_op, row.update_op, row.delete_op]
        operations = [*changes, *([tags.add, tags.remove] if tags else [])]
    named = [f"{row.service}:{operation}" for operation in operations if operation]
    return (*(action for name in named for action in RENAMED.get(name, (name,))), *beside)


def main() -> None:
    """Write down what all stacks declare."""
    from infra.graph.evaluate import evaluate  # noqa: PLC0415 - only where it is written
    from infra.program import load  # noqa: PLC0415
    from stacks.names import stacks  # noqa: PLC0415

    found: set[str] = set()
    for stack in stacks():
        for version in (NoVersions(), _Some()):
            program = load(stack, live_versions=version)
            graph = evaluate(
                program.declare, project="p", stack=stack, config=program.pulumi_config
            )
            found |= {one.type for one in graph.resources.values() if one.custom}
    TYPES_FILE.write_text("".join(f"{token}\n" for token in sorted(found)), encoding="utf-8")


class _Some(NoVersions):
    """Says that a version is live: the endpoint is declared, too."""

    def newest_approved(self, group: str) -> str | None:
        return f"{group}/1"


if __name__ == "__main__":
    main()
