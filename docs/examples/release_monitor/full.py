"""Two variants, one of them pinned; four hours' patience, alarms that reach somebody."""

from pathlib import Path

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.code import FunctionCode
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.private_network import PrivateNetwork, PrivateNetworkArgs
from components.release_monitor import ReleaseMonitor, ReleaseMonitorArgs

ROOT = Path(__file__).resolve().parents[3]
CODE = FunctionCode(
    handler="pipelines.shared.release.handler.handle",
    files={path.relative_to(ROOT).as_posix(): path for path in (ROOT / "pipelines").rglob("*.py")},
)

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

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

routes = AlertRoutes("alerts", AlertRoutesArgs(key_arn=key.arn, tags=TAGS))
alerting = Alerting(
    name_prefix="planes-dev",
    urgent=[routes.urgent_arn],
    notice=[routes.notice_arn],
    runbooks_url="https://example.com/runbooks",
)

monitor = ReleaseMonitor(
    "release",
    ReleaseMonitorArgs(
        code=CODE,
        endpoint_name="flights-dev-flights",
        model_package_group="flights-dev-flights",
        model_name_prefix="flights-serving-",
        choices={"live": "newest", "reference": 3},
        metric_namespace="MLOps",
        dimensions={"Stack": "flights-dev", "UseCase": "flights"},
        alarm_name="flights-dev-flights-version-not-live",
        overdue_hours=4,
        subnet_ids=network.subnet_ids,
        security_group_ids=[network.security_group_id],
        alerting=alerting,
        log_retention_days=30,
        key_arn=key.arn,
        log_group_name="/mlops/flights-dev-flights/release",
        tags=TAGS,
    ),
)
pulumi.export("alarm", monitor.alarm_arn)
