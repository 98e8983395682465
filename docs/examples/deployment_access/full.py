"""Protected branches of GitLab, whose provider the account has; state in S3, two-hour sessions."""

import pulumi

from components.deployment_access import DeploymentAccess, DeploymentAccessArgs
from components.workflow_jobs import GitLabJobs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

access = DeploymentAccess(
    "deployment",
    DeploymentAccessArgs(
        stack="planes-prod",
        jobs=GitLabJobs(
            project="example/planes",
            branch="main",
            host="gitlab.example.com",
            previewing=["release/*"],
        ),
        reading=["iam:GetRole", "s3:GetBucketLocation", "s3:ListBucket", "sagemaker:DescribeModel"],
        writing=["iam:CreateRole", "iam:PassRole", "s3:CreateBucket", "sagemaker:CreateModel"],
        provider_exists=True,
        state_bucket="planes-pulumi-state",
        max_session_seconds=7200,
        tags=TAGS,
    ),
)
pulumi.export("preview_role_arn", access.preview_role_arn)
pulumi.export("deploy_role_arn", access.deploy_role_arn)
