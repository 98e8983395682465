"""Workflows of one repository preview from any branch and deploy from one environment."""

import pulumi

from components.deployment_access import DeploymentAccess, DeploymentAccessArgs
from components.workflow_jobs import GitHubJobs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

access = DeploymentAccess(
    "deployment",
    DeploymentAccessArgs(
        stack="planes-prod",
        jobs=GitHubJobs(repository="example/planes", environment="prod"),
        reading=["iam:GetRole", "s3:GetBucketLocation", "s3:ListBucket", "sagemaker:DescribeModel"],
        writing=["iam:CreateRole", "iam:PassRole", "s3:CreateBucket", "sagemaker:CreateModel"],
        tags=TAGS,
    ),
)
pulumi.export("preview_role_arn", access.preview_role_arn)
pulumi.export("deploy_role_arn", access.deploy_role_arn)
