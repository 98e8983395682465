"""One loop: the components of a use case, each given what it needs of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.dashboard import WatchedModel
from components.feature_store import FeatureGroupDefinition, FeatureStore, FeatureStoreArgs
from components.model_registry import ModelRegistry, ModelRegistryArgs
from infra._batch_scoring import declare_batch_scoring
from infra._kubernetes import declare_on_cluster
from infra._metadata import declare_recorder
from infra._monitoring import Monitoring
from infra._neighbours import downstream
from infra._pipelines import Pipelines
from infra._plan import Foundation, UseCasePlan
from infra._promotion import declare_promotion
from infra._serving import Serving
from infra._shadow import declare_shadow_promotion
from infra._streaming import feature_streams

NOT_YET = "no version was approved yet: the stack stands without an endpoint"


@dataclass(frozen=True, kw_only=True, slots=True)
class Loop:
    """A declared loop, as the rest of the stack knows it."""

    outputs: Mapping[str, pulumi.Input[object]]
    """What the stack exports of it."""
    watched: WatchedModel
    pipeline_arns: Sequence[pulumi.Output[str]]
    spending_roles: Sequence[pulumi.Output[str]]
    """ARNs of the roles that start instances."""


def declare_use_case(foundation: Foundation, plan: UseCasePlan) -> Loop:
    """Declare one loop."""
    config, store, name = foundation.config, foundation.store, plan.name
    prefix = f"{config.stack}-{name}"
    features = _feature_store(foundation, plan, prefix)
    streams = feature_streams(foundation, plan, prefix, features)
    registry = ModelRegistry(
        f"{name}-registry",
        ModelRegistryArgs(
            group_name=prefix,
            description=f"Versions of the model of {name}",
            tags=plan.tags,
            announces_candidates=plan.settings.serving.shadow is not None,
            downstream=downstream(config, name),
            deletion_protection=config.deletion_protection,
        ),
    )
    pipelines = Pipelines(
        use_case=name,
        prefix=prefix,
        store=store,
        operations_key_arn=foundation.operations_key_arn,
        feature_groups=list(features.group_names.values()),
        model_package_group=registry.group_name,
        endpoint_name=prefix,
        model_name_prefix=f"{plan.serving_name}-",
        network=foundation.network,
        images=foundation.images,
        alerting=foundation.alerting,
        compiled=plan.compiled,
        made_from=foundation.made_from,
        tags=plan.tags,
    )
    feature_pipeline, training, drift = (
        pipelines.features(),
        pipelines.training(),
        pipelines.drift(),
    )
    batches = declare_batch_scoring(foundation, plan, pipelines)
    serving = Serving(foundation=foundation, plan=plan, prefix=prefix)
    endpoint = serving.endpoint()
    # An asynchronous endpoint takes its requests from S3, not from an API.
    api = None if plan.settings.serving.mode == "asynchronous" else serving.api(features)
    delivery = serving.delivery(registry, endpoint, features)
    release = serving.monitor(registry, endpoint)
    declare_recorder(foundation, plan, registry, training, features)
    if foundation.upstream is not None:
        declare_promotion(foundation, plan, foundation.upstream, registry)
    monitoring = Monitoring(foundation=foundation, plan=plan, prefix=prefix)
    monitor = monitoring.drift(drift)
    gate = monitoring.gate(monitor, registry, training=training, feature_pipeline=feature_pipeline)
    on_cluster = declare_on_cluster(foundation, plan)
    judge = declare_shadow_promotion(foundation, plan, registry, endpoint, gate.decisions_table)
    outputs: dict[str, pulumi.Input[object]] = {
        "features_pipeline": feature_pipeline.pipeline_name,
        "training_pipeline": training.pipeline_name,
        "drift_pipeline": drift.pipeline_name,
        **({} if batches is None else {"batch_pipeline": batches.pipeline.pipeline_name}),
        "feature_groups": dict(features.group_names),
        **({"streams": streams} if streams else {}),
        "model_package_group": registry.group_name,
        "model_package_group_arn": registry.group_arn,
        "endpoint": endpoint.endpoint_name,
        "endpoint_status": plan.model_package_arn or NOT_YET,
        **({} if api is None else {"invoke_url": api.invoke_url}),
        **({} if api is None else {"scoring_function": api.function_name}),
        **({} if api is None else {"invoke_arn": api.execution_arn}),
        "gate_function": gate.function_name,
        "decisions_table": gate.decisions_table,
        **({} if judge is None else {"shadow_function": judge.function_name}),
        "delivery_project": delivery.project_name,
        **on_cluster,
    }
    started = (feature_pipeline, training, drift, *([] if batches is None else [batches.pipeline]))
    return Loop(
        outputs=outputs,
        watched=monitoring.watched(
            pipelines=[one.pipeline_name for one in started],
            functions=[
                gate.function_name,
                *([api.function_name] if api else []),
                *([release.function_name] if release else []),
                *([judge.function_name] if judge else []),
            ],
            alarm_arns=[
                *endpoint.alarm_arns,
                *monitor.alarm_arns,
                *([release.alarm_arn] if release else []),
                *([batches.scoring.alarm_arn] if batches else []),
            ],
        ),
        pipeline_arns=[one.pipeline_arn for one in started],
        spending_roles=[one.role_arn for one in started],
    )


def _feature_store(foundation: Foundation, plan: UseCasePlan, prefix: str) -> FeatureStore:
    store, config = foundation.store, foundation.config
    return FeatureStore(
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
            key_arn=store.features_key_arn,
            offline_table=plan.settings.feature_store.offline_table,
            tags=plan.tags,
            deletion_protection=config.deletion_protection,
        ),
    )
