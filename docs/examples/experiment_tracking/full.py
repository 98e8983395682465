"""A server for 50 people whose logged models appear in the registry."""

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
        size="Medium",
        mlflow_version="3.0",
        automatic_model_registration=True,
        registered_group_prefix="planes-dev-",
        maintenance_window="Mon:02:00",
        deletion_protection=False,
        key_arn=store.artifacts_key_arn,
        tags=TAGS,
    ),
)
pulumi.export("mlflow", tracking.server_url)
pulumi.export("mlflow_arn", tracking.server_arn)
