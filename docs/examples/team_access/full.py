"""Roles for a single sign-on, experiments in the network, and Studio."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.private_network import PrivateNetwork, PrivateNetworkArgs
from components.team_access import TeamAccess, TeamAccessArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}
SSO = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/"

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

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
        zones=["us-east-1a", "us-east-1b"],
        services=[
            "sagemaker.api",
            "sagemaker.runtime",
            "sagemaker.featurestore-runtime",
            "monitoring",
            "sts",
        ],
        log_group_name="/mlops/planes-dev/network",
        key_arn=key.arn,
        tags=TAGS,
    ),
)

access = TeamAccess(
    "people",
    TeamAccessArgs(
        stack="planes-dev",
        raw_bucket=store.raw_bucket,
        features_bucket=store.features_bucket,
        artifacts_bucket=store.artifacts_bucket,
        capture_bucket=store.capture_bucket,
        raw_key_arn=store.raw_key_arn,
        features_key_arn=store.features_key_arn,
        artifacts_key_arn=store.artifacts_key_arn,
        capture_key_arn=store.capture_key_arn,
        operations_key_arn=key.arn,
        api_arns=["arn:aws:execute-api:us-east-1:123456789012:a1b2c3/live/POST/score"],
        trusted={
            "data_scientist": [f"{SSO}*AWSReservedSSO_DataScience_*"],
            "ml_engineer": [f"{SSO}*AWSReservedSSO_MLEngineering_*"],
        },
        studio_roles={"data_scientist", "ml_engineer"},
        experiments=True,
        raw_data_by_hand=True,
        subnet_ids=network.subnet_ids,
        tags=TAGS,
    ),
)
pulumi.export("roles", dict(access.role_arns))
pulumi.export("experiment_role", access.experiment_role_arn)
