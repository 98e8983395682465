"""The metadata of a stack: MLflow for all use cases, a recorder for each."""

from __future__ import annotations

from collections.abc import Mapping

from components.artifact_store import ArtifactStore
from components.code import FunctionCode
from components.experiment_tracking import ExperimentTracking, ExperimentTrackingArgs
from components.feature_store import FeatureStore
from components.ml_pipeline import MlPipeline
from components.model_recorder import ModelRecorder, ModelRecorderArgs
from components.model_registry import ModelRegistry
from infra._plan import Foundation, UseCasePlan
from stacks.config import StackConfig


def declare_tracking(
    config: StackConfig, store: ArtifactStore, tags: Mapping[str, str]
) -> ExperimentTracking | None:
    """Declare the stack's tracking server, if its settings want one."""
    settings = config.tracking
    if settings is None:
        return None
    return ExperimentTracking(
        "tracking",
        ExperimentTrackingArgs(
            server_name=config.stack,
            artifacts_bucket=store.artifacts_bucket,
            artifacts_prefix="mlflow",
            key_arn=store.artifacts_key_arn,
            size=settings.size,
            mlflow_version=settings.mlflow_version,
            automatic_model_registration=settings.automatic_model_registration,
            registered_group_prefix=f"{config.stack}-",
            maintenance_window=settings.maintenance_window,
            tags=tags,
            deletion_protection=config.deletion_protection,
        ),
    )


def declare_recorder(
    foundation: Foundation,
    plan: UseCasePlan,
    registry: ModelRegistry,
    training: MlPipeline,
    features: FeatureStore,
) -> ModelRecorder | None:
    """Declare what writes versions down, if anything is to be written."""
    config, store = foundation.config, foundation.store
    cards = plan.settings.records.model_cards
    if not cards and foundation.tracking_server_arn is None:
        return None
    code = plan.compiled.lambdas["recorder"]
    charter = plan.settings.charter
    return ModelRecorder(
        f"{plan.name}-recorder",
        ModelRecorderArgs(
            use_case=plan.name,
            owner=config.owner if charter is None else charter.owner,
            objective=None if charter is None else charter.objective,
            code=FunctionCode(handler=code.handler, files=code.files),
            model_package_group=registry.group_name,
            training_pipeline=training.pipeline_name,
            feature_groups=list(features.group_names.values()),
            raw_bucket=store.raw_bucket,
            artifacts_bucket=store.artifacts_bucket,
            data_key_arn=store.artifacts_key_arn,
            key_arn=foundation.operations_key_arn,
            log_group_name=f"/mlops/{config.stack}-{plan.name}/recorder",
            log_retention_days=config.log_retention_days,
            model_cards=cards,
            tracking_server_arn=foundation.tracking_server_arn,
            subnet_ids=foundation.network.subnet_ids,
            security_group_ids=foundation.network.security_group_ids,
            tags=plan.tags,
            alerting=foundation.alerting,
        ),
    )
