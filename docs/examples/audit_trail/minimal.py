"""Who read or wrote the objects of one bucket."""

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
        buckets=[store.raw_bucket],
        access_log_bucket=store.access_log_bucket,
        key_arn=key.arn,
        log_group_name="/mlops/planes-dev/audit",
        tags=TAGS,
    ),
)
pulumi.export("trail_arn", trail.trail_arn)
