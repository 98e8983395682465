"""Scored at four in the morning; whoever is on call hears of a batch that is overdue."""

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.batch_scoring import BatchScoring, BatchScoringArgs
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

scoring = BatchScoring(
    "batch",
    BatchScoringArgs(
        name_prefix="planes-dev-late",
        scorer_name="planes-dev-late-batch",
        scorer_arn="arn:aws:sagemaker:us-east-1:123456789012:pipeline/planes-dev-late-batch",
        schedule="cron(0 4 * * ? *)",
        metric_namespace="MLOps",
        dimensions={"Stack": "planes-dev", "UseCase": "late"},
        overdue_hours=25,
        alerting=alerting,
        key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("alarm", scoring.alarm_arn)
