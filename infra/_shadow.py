"""What decides on a use case's shadow."""

from __future__ import annotations

import pulumi

import stacks.serving
from components.code import FunctionCode
from components.model_endpoint import ModelEndpoint
from components.model_registry import ModelRegistry
from components.shadow_promotion import ShadowPromotion, ShadowPromotionArgs, ShadowRules
from infra._pipelines import METRIC_NAMESPACE
from infra._plan import Foundation, UseCasePlan

PROVISIONING_MINUTES = 30
"""For instances to come up and the image to be pulled, before any traffic moves."""


def declare_shadow_promotion(
    foundation: Foundation,
    plan: UseCasePlan,
    registry: ModelRegistry,
    endpoint: ModelEndpoint,
    decisions_table: pulumi.Input[str],
) -> ShadowPromotion | None:
    """Declare what decides on the shadow, where there is to be one and its settings say by what."""
    config, store = foundation.config, foundation.store
    serving = plan.settings.serving
    if serving.shadow is None or (settings := serving.shadow.promotion) is None:
        return None
    code = plan.compiled.lambdas["shadow"]
    return ShadowPromotion(
        f"{plan.name}-shadow",
        ShadowPromotionArgs(
            stack=config.stack,
            use_case=plan.name,
            code=FunctionCode(handler=code.handler, files=code.files),
            decides=settings.decides,
            rules=ShadowRules(
                window_days=settings.window_days,
                min_requests=settings.min_requests,
                min_days=settings.min_days,
                min_labels=settings.min_labels,
                max_auc_loss=settings.max_auc_loss,
                max_mean_difference=settings.max_mean_difference,
                max_latency_ratio=settings.max_latency_ratio,
                max_error_percent=settings.max_error_percent,
                max_days=settings.max_days,
            ),
            schedule=settings.schedule,
            settling_minutes=settling_minutes(serving.rollout),
            endpoint_name=endpoint.endpoint_name,
            model_name_prefix=endpoint.model_name_prefix,
            model_package_group=registry.group_name,
            decisions_table=decisions_table,
            capture_bucket=store.capture_bucket,
            capture_prefix=plan.name,
            raw_bucket=store.raw_bucket,
            labels_prefix=f"labels/{plan.name}/",
            metric_namespace=METRIC_NAMESPACE,
            capture_key_arn=store.capture_key_arn,
            raw_key_arn=store.raw_key_arn,
            key_arn=foundation.operations_key_arn,
            log_group_name=f"/mlops/{config.stack}-{plan.name}/shadow",
            log_retention_days=config.log_retention_days,
            subnet_ids=foundation.network.subnet_ids,
            security_group_ids=foundation.network.security_group_ids,
            tags=plan.tags,
            alerting=foundation.alerting,
        ),
    )


def settling_minutes(rollout: stacks.serving.Rollout) -> int:
    """Return how long after a model was made requests may still reach the one before."""
    steps = -(-100 // rollout.step_percent) if rollout.strategy == "linear" else 1
    return PROVISIONING_MINUTES + -(-steps * rollout.wait_seconds // 60)
