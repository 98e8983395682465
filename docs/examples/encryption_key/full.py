"""A key that logs and topics use, and one whose data another account reads."""

import pulumi

from components.downstream import Downstream
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

operations = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics, function settings, builds and decisions",
        services=("logs", "events", "cloudwatch", "budgets"),
        deletion_window_days=14,
        deletion_protection=False,
        tags=TAGS,
    ),
)
artifacts = EncryptionKey(
    "artifacts",
    EncryptionKeyArgs(
        description="Models that the next environment copies",
        used_through=("s3",),
        downstream=Downstream(account_id="444455556666", role_names="planes-staging-*-promotion"),
        tags=TAGS,
    ),
)
pulumi.export("operations_key_arn", operations.arn)
