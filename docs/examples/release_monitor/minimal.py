"""An alarm where the newest approved version is not live after two hours."""

from pathlib import Path

import pulumi

from components.code import FunctionCode
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
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

monitor = ReleaseMonitor(
    "release",
    ReleaseMonitorArgs(
        code=CODE,
        endpoint_name="flights-dev-flights",
        model_package_group="flights-dev-flights",
        model_name_prefix="flights-serving-",
        choices={"live": "newest"},
        metric_namespace="MLOps",
        dimensions={"Stack": "flights-dev", "UseCase": "flights"},
        alarm_name="flights-dev-flights-version-not-live",
        key_arn=key.arn,
        log_group_name="/mlops/flights-dev-flights/release",
        tags=TAGS,
    ),
)
pulumi.export("alarm", monitor.alarm_arn)
