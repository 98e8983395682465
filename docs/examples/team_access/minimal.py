"""Seven roles, none of which anybody is trusted to assume without a second factor."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.team_access import TeamAccess, TeamAccessArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
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
        tags=TAGS,
    ),
)
pulumi.export("roles", dict(access.role_arns))
