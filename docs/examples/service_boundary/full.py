"""A boundary by families of actions, and a role within it."""

import json

import pulumi
import pulumi_aws as aws

from components.service_boundary import ServiceBoundary, ServiceBoundaryArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

boundary = ServiceBoundary(
    "services",
    ServiceBoundaryArgs(
        stack="planes-dev",
        actions=["cloudwatch:PutMetricData", "kms:*", "logs:*", "s3:*", "sagemaker:*"],
        tags=TAGS,
    ),
)
pulumi.export("boundary", boundary.arn)

role = aws.iam.Role(
    "training",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
    permissions_boundary=boundary.arn,
    tags=TAGS,
)
