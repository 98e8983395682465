"""Three feature groups, measured on the first of each month, with somebody to tell."""

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.drift_monitor import DriftMonitor, DriftMonitorArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

routes = AlertRoutes("alerts", AlertRoutesArgs(key_arn=key.arn, tags=TAGS))
alerting = Alerting(
    name_prefix="planes-dev",
    urgent=[routes.urgent_arn],
    notice=[routes.notice_arn],
    runbooks_url="https://example.com/runbooks",
)

monitor = DriftMonitor(
    "drift",
    DriftMonitorArgs(
        name_prefix="planes-dev-late",
        metric_namespace="MLOps",
        dimensions={"Stack": "planes-dev", "UseCase": "late"},
        feature_groups=["weather", "planes", "request"],
        detector_name="planes-dev-late-drift",
        detector_arn="arn:aws:sagemaker:us-east-1:123456789012:pipeline/planes-dev-late-drift",
        schedule="cron(0 6 1 * ? *)",
        feature_threshold=0.2,
        prediction_threshold=0.3,
        drop_threshold=0.05,
        alerting=alerting,
        key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("alarms", list(monitor.alarm_arns))
