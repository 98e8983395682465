"""A model card for each version of a group."""

from pathlib import Path

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.code import FunctionCode
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.model_recorder import ModelRecorder, ModelRecorderArgs

ROOT = Path(__file__).resolve().parents[3]
CODE = FunctionCode(
    handler="pipelines.shared.recorder.handler.handle",
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

recorder = ModelRecorder(
    "recorder",
    ModelRecorderArgs(
        use_case="flights",
        owner="flights@example.com",
        code=CODE,
        model_package_group="flights-dev-flights",
        training_pipeline="flights-dev-flights-training",
        feature_groups=["flights-dev-flights-weather"],
        raw_bucket=store.raw_bucket,
        artifacts_bucket=store.artifacts_bucket,
        data_key_arn=store.artifacts_key_arn,
        key_arn=key.arn,
        log_group_name="/mlops/flights-dev-flights/recorder",
        tags=TAGS,
    ),
)
pulumi.export("recorder", recorder.function_name)
