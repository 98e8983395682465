"""A stream whose observations a function writes to the group `weather`."""

from pathlib import Path

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.code import FunctionCode
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.feature_stream import FeatureStream, FeatureStreamArgs

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

stream = FeatureStream(
    "weather-stream",
    FeatureStreamArgs(
        stream_name="flights-dev-weather",
        feature_group="flights-dev-flights-weather",
        code=CODE,
        data_key_arn=store.features_key_arn,
        key_arn=key.arn,
        log_group_name="/mlops/flights-dev/weather-stream",
        tags=TAGS,
    ),
)
pulumi.export("stream", stream.stream_name)
