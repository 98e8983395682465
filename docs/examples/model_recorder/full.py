"""Cards, and a run in MLflow for each version; from within the network, with alarms."""

from pathlib import Path

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.alerting import Alerting
from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.code import FunctionCode
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.experiment_tracking import ExperimentTracking, ExperimentTrackingArgs
from components.model_recorder import ModelRecorder, ModelRecorderArgs
from components.private_network import PrivateNetwork, PrivateNetworkArgs

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

tracking = ExperimentTracking(
    "tracking",
    ExperimentTrackingArgs(
        server_name="flights-dev",
        artifacts_bucket=store.artifacts_bucket,
        artifacts_prefix="mlflow",
        key_arn=store.artifacts_key_arn,
        tags=TAGS,
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
        model_cards=True,
        tracking_server_arn=tracking.server_arn,
        subnet_ids=network.subnet_ids,
        security_group_ids=[network.security_group_id],
        alerting=alerting,
        log_retention_days=30,
        data_key_arn=store.artifacts_key_arn,
        key_arn=key.arn,
        log_group_name="/mlops/flights-dev-flights/recorder",
        tags=TAGS,
    ),
)
pulumi.export("recorder", recorder.function_name)
