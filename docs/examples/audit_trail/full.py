"""All buckets of a stack, events for a month at hand and kept for seven years."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

key = EncryptionKey(
    "records",
    EncryptionKeyArgs(description="Who did what", services=("logs", "cloudtrail"), tags=TAGS),
)

trail = AuditTrail(
    "audit",
    AuditTrailArgs(
        trail_name="planes-dev",
        buckets=[
            store.raw_bucket,
            store.features_bucket,
            store.artifacts_bucket,
            store.capture_bucket,
        ],
        access_log_bucket=store.access_log_bucket,
        log_group_name="/mlops/planes-dev/audit",
        log_retention_days=30,
        record_retention_days=2557,
        noncurrent_retention_days=30,
        deletion_protection=False,
        force_destroy=True,
        key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("trail_arn", trail.trail_arn)
pulumi.export("record_bucket", trail.record_bucket)
