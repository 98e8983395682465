"""The build that takes versions over from the environment before."""

from __future__ import annotations

from typing import Final

from components._build import SourceType
from components.model_promotion import ModelPromotion, ModelPromotionArgs
from components.model_registry import ModelRegistry
from infra._neighbours import ROLE, Upstream
from infra._plan import Foundation, UseCasePlan

SOURCE_TYPES: Final[dict[str, SourceType]] = {
    "github": "GITHUB",
    "codecommit": "CODECOMMIT",
    "s3": "S3",
    "none": "NO_SOURCE",
}
PREFIX: Final = "promoted/"
"""Where in the artifacts bucket the copied archives lie, by their SHA-256."""


def declare_promotion(
    foundation: Foundation,
    plan: UseCasePlan,
    before: Upstream,
    registry: ModelRegistry,
) -> ModelPromotion:
    """Declare the build that copies what was approved in the environment before."""
    config, source = foundation.config, plan.settings.delivery.source
    prefix = f"{config.stack}-{plan.name}"
    return ModelPromotion(
        f"{plan.name}-promotion",
        ModelPromotionArgs(
            stack=config.stack,
            use_case=plan.name,
            commands=config.promotion.commands,
            source_type=SOURCE_TYPES[source.type],
            source_location=source.location,
            source_version=source.version,
            upstream_group=f"{before.stack}-{plan.name}",
            upstream_group_arn=before.group_arn(plan.name),
            upstream_bucket=before.artifacts_bucket,
            upstream_key_arn=before.artifacts_key_arn,
            group_arn=registry.group_arn,
            bucket=foundation.store.artifacts_bucket,
            copies_prefix=PREFIX,
            data_key_arn=foundation.store.artifacts_key_arn,
            key_arn=foundation.operations_key_arn,
            role_name=f"{prefix}-{ROLE}",
            log_group_name=f"/mlops/{prefix}/promotion",
            log_retention_days=config.log_retention_days,
            tags=plan.tags,
            alerting=foundation.alerting,
        ),
    )
