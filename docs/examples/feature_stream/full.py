"""Two shards that keep a week, a function in the network, alarms."""

from pathlib import Path

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.code import FunctionCode
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.feature_stream import FeatureStream, FeatureStreamArgs
from components.private_network import PrivateNetwork, PrivateNetworkArgs

ROOT = Path(__file__).resolve().parents[3]
CODE = FunctionCode(
    handler="pipelines.flights.lambdas.weather_stream.handle",
    files={path.relative_to(ROOT).as_posix(): path for path in (ROOT / "pipelines").rglob("*.py")},
)

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

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

stream = FeatureStream(
    "weather-stream",
    FeatureStreamArgs(
        stream_name="flights-dev-weather",
        feature_group="flights-dev-flights-weather",
        code=CODE,
        shard_count=2,
        retention_hours=168,
        batch_size=500,
        window_seconds=5,
        max_retries=10,
        max_age_hours=48,
        subnet_ids=network.subnet_ids,
        security_group_ids=[network.security_group_id],
        alerting=alerting,
        log_group_name="/mlops/flights-dev/weather-stream",
        log_retention_days=30,
        deletion_protection=False,
        data_key_arn=store.features_key_arn,
        key_arn=key.arn,
        tags=TAGS,
    ),
)
pulumi.export("stream", stream.stream_name)
pulumi.export("refused", stream.dead_letters_arn)
