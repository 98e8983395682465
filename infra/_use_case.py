"""One loop: the components of a use case, each given what it needs of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.artifact_store import ArtifactStore
from components.feature_store import FeatureGroupDefinition, FeatureStore, FeatureStoreArgs
from infra._pipelines import Pipelines
from pipelines.compiled import CompiledUseCase
from stacks.config import StackConfig
from stacks.use_case import UseCase


@dataclass(frozen=True, kw_only=True, slots=True)
class Foundation:
    """What all use cases of a stack share."""

    config: StackConfig
    store: ArtifactStore
    operations_key_arn: pulumi.Output[str]
    """Customer key of logs, queues, function settings, builds and decisions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UseCasePlan:
    """What one use case consists of."""

    name: str
    settings: UseCase
    compiled: CompiledUseCase
    model_package_arn: str | None
    """Version to serve; ``None`` before any was approved."""
    tags: Mapping[str, str]


def declare_use_case(
    foundation: Foundation, plan: UseCasePlan
) -> Mapping[str, pulumi.Input[object]]:
    """Declare one loop and return what the stack exports of it."""
    config, store = foundation.config, foundation.store
    prefix = f"{config.stack}-{plan.name}"
    features = FeatureStore(
        f"{plan.name}-features",
        FeatureStoreArgs(
            name_prefix=prefix,
            groups=[
                FeatureGroupDefinition(
                    name=group.name,
                    description=group.description,
                    record_identifier=group.record_identifier,
                    event_time=group.event_time,
                    features=group.features,
                )
                for group in plan.compiled.feature_groups
            ],
            bucket=store.features_bucket,
            prefix=f"features/{plan.name}",
            key_arn=store.key_arn,
            tags=plan.tags,
            deletion_protection=config.deletion_protection,
        ),
    )
    pipelines = Pipelines(
        use_case=plan.name,
        prefix=prefix,
        store=store,
        operations_key_arn=foundation.operations_key_arn,
        feature_groups=list(features.group_names.values()),
        model_package_group=prefix,
        endpoint_name=prefix,
        joins_network=bool(config.network.subnet_ids),
        compiled=plan.compiled,
        tags=plan.tags,
    )
    feature_pipeline = pipelines.features()
    training = pipelines.training()
    drift = pipelines.drift()
    return {
        "features_pipeline": feature_pipeline.pipeline_name,
        "training_pipeline": training.pipeline_name,
        "drift_pipeline": drift.pipeline_name,
    }
