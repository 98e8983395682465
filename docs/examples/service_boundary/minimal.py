"""The most that any role of the stack's services can do: read and decrypt."""

import pulumi

from components.service_boundary import ServiceBoundary, ServiceBoundaryArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

boundary = ServiceBoundary(
    "services",
    ServiceBoundaryArgs(
        stack="planes-dev",
        actions=["s3:GetObject", "kms:Decrypt"],
        tags=TAGS,
    ),
)
pulumi.export("boundary", boundary.arn)
