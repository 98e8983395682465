"""An account that knows GitHub already, state in S3, sessions of two hours."""

import pulumi

from components.deployment_access import DeploymentAccess, DeploymentAccessArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

access = DeploymentAccess(
    "deployment",
    DeploymentAccessArgs(
        stack="planes-prod",
        repository="example/planes",
        github_environment="prod",
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
