"""Buckets of a development stack, whose artifacts staging may copy."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.downstream import Downstream

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore(
    "store",
    ArtifactStoreArgs(
        noncurrent_retention_days=30,
        capture_retention_days=90,
        downstream=Downstream(account_id="444455556666", role_names="planes-staging-*-promotion"),
        deletion_protection=False,
        force_destroy=True,
        studio=True,
        tags=TAGS,
    ),
)
pulumi.export("raw_bucket", store.raw_bucket)
pulumi.export("artifacts_key_arn", store.artifacts_key_arn)
