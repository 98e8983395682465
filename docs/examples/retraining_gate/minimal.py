"""Alarms may retrain once a day, twelve times a year."""

from pathlib import Path

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.code import FunctionCode
from components.drift_monitor import DriftMonitor, DriftMonitorArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.retraining_gate import RetrainingGate, RetrainingGateArgs

ROOT = Path(__file__).resolve().parents[3]
CODE = FunctionCode(
    handler="pipelines.shared.gate.handler.handle",
    files={path.relative_to(ROOT).as_posix(): path for path in (ROOT / "pipelines").rglob("*.py")},
)

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}
SAGEMAKER = "arn:aws:sagemaker:us-east-1:123456789012"

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

monitor = DriftMonitor(
    "drift",
    DriftMonitorArgs(
        name_prefix="flights-dev-flights",
        metric_namespace="MLOps",
        dimensions={"Stack": "flights-dev", "UseCase": "flights"},
        feature_groups=["weather"],
        detector_name="flights-dev-flights-drift",
        detector_arn=f"{SAGEMAKER}:pipeline/flights-dev-flights-drift",
        schedule="rate(1 day)",
        feature_threshold=0.2,
        prediction_threshold=0.3,
        drop_threshold=0.05,
        key_arn=key.arn,
        tags=TAGS,
    ),
)

gate = RetrainingGate(
    "gate",
    RetrainingGateArgs(
        stack="flights-dev",
        use_case="flights",
        code=CODE,
        training_pipeline_name="flights-dev-flights-training",
        training_pipeline_arn=f"{SAGEMAKER}:pipeline/flights-dev-flights-training",
        feature_pipeline_arn=f"{SAGEMAKER}:pipeline/flights-dev-flights-features",
        model_package_group="flights-dev-flights",
        raw_bucket=store.raw_bucket,
        labels_prefix="labels/flights/",
        alarm_rule=monitor.alarm_rule,
        alarm_rule_arn=monitor.alarm_rule_arn,
        alarm_arns=monitor.alarm_arns,
        data_quality_alarm=monitor.data_quality_alarm,
        cool_down_hours=24,
        budget_retrainings=12,
        budget_window_days=365,
        min_new_labels=1000,
        on_new_data=False,
        data_key_arn=store.raw_key_arn,
        key_arn=key.arn,
        log_group_name="/mlops/flights-dev-flights/gate",
        tags=TAGS,
    ),
)
pulumi.export("decisions", gate.decisions_table)
