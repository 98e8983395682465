"""A detector once a day, and an alarm on each thing that it measures."""

import pulumi

from components.drift_monitor import DriftMonitor, DriftMonitorArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

monitor = DriftMonitor(
    "drift",
    DriftMonitorArgs(
        name_prefix="planes-dev-late",
        metric_namespace="MLOps",
        dimensions={"Stack": "planes-dev", "UseCase": "late"},
        feature_groups=["weather"],
        detector_name="planes-dev-late-drift",
        detector_arn="arn:aws:sagemaker:us-east-1:123456789012:pipeline/planes-dev-late-drift",
        feature_threshold=0.2,
        prediction_threshold=0.3,
        drop_threshold=0.05,
        key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("alarms", list(monitor.alarm_arns))
