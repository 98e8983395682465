"""A small MLflow server; it is billed by the hour."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.experiment_tracking import ExperimentTracking, ExperimentTrackingArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

tracking = ExperimentTracking(
    "tracking",
    ExperimentTrackingArgs(
        server_name="planes-dev",
        artifacts_bucket=store.artifacts_bucket,
        artifacts_prefix="mlflow",
        key_arn=store.artifacts_key_arn,
        tags=TAGS,
    ),
)
pulumi.export("mlflow", tracking.server_url)
