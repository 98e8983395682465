"""Three zones, and every service that functions, jobs and images need."""

import pulumi

from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.private_network import PrivateNetwork, PrivateNetworkArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

network = PrivateNetwork(
    "network",
    PrivateNetworkArgs(
        cidr="10.20.0.0/16",
        zones=["us-east-1a", "us-east-1b", "us-east-1c"],
        services=[
            "ecr.api",
            "ecr.dkr",
            "monitoring",
            "sagemaker.api",
            "sagemaker.featurestore-runtime",
            "sagemaker.runtime",
            "sqs",
            "sts",
        ],
        log_group_name="/mlops/planes-dev/network",
        log_retention_days=30,
        key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("vpc_id", network.vpc_id)
pulumi.export("subnet_ids", network.subnet_ids)
