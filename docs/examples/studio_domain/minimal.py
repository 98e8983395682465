"""Notebooks for one data scientist, within the network."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.private_network import PrivateNetwork, PrivateNetworkArgs
from components.studio_domain import StudioDomain, StudioDomainArgs
from components.team_access import TeamAccess, TeamAccessArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(studio=True, tags=TAGS))

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
        api_arns=[],
        studio_roles={"data_scientist"},
        tags=TAGS,
    ),
)

studio = StudioDomain(
    "studio",
    StudioDomainArgs(
        domain_name="planes-dev",
        members={"first": "data_scientist"},
        role_arns=access.role_arns,
        role_names=access.role_names,
        vpc_id=network.vpc_id,
        subnet_ids=network.subnet_ids,
        security_group_ids=[network.security_group_id],
        key_arn=store.artifacts_key_arn,
        tags=TAGS,
    ),
)
pulumi.export("domain", studio.domain_id)
