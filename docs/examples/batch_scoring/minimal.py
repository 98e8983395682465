"""A pipeline that scores each day; an alarm when no predictions come."""

import pulumi

from components.batch_scoring import BatchScoring, BatchScoringArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

scoring = BatchScoring(
    "batch",
    BatchScoringArgs(
        name_prefix="planes-dev-late",
        scorer_name="planes-dev-late-batch",
        scorer_arn="arn:aws:sagemaker:us-east-1:123456789012:pipeline/planes-dev-late-batch",
        metric_namespace="MLOps",
        dimensions={"Stack": "planes-dev", "UseCase": "late"},
        overdue_hours=26,
        key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("alarm", scoring.alarm_arn)
