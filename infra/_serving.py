"""The serving half of a loop: endpoint, scoring API, delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.code import FunctionCode
from components.feature_store import FeatureStore
from components.model_delivery import ModelDelivery, ModelDeliveryArgs, SourceType
from components.model_endpoint import ModelEndpoint, ModelEndpointArgs
from components.model_registry import ModelRegistry
from components.rollout import Rollout
from components.scoring_api import ScoringApi, ScoringApiArgs
from infra._plan import Foundation, UseCasePlan

_SOURCE_TYPES: Final[dict[str, SourceType]] = {
    "github": "GITHUB",
    "codecommit": "CODECOMMIT",
    "s3": "S3",
    "none": "NO_SOURCE",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """Declares what answers, from the settings of one use case."""

    foundation: Foundation
    plan: UseCasePlan
    prefix: str
    """``<stack>-<use case>``: name of the endpoint, start of the others' names."""

    def endpoint(self) -> ModelEndpoint:
        """Declare the endpoint, or what stands before the first version."""
        config, store = self.foundation.config, self.foundation.store
        settings = self.plan.settings.serving
        return ModelEndpoint(
            self.plan.serving_name,
            ModelEndpointArgs(
                endpoint_name=self.prefix,
                model_package_arn=self.plan.model_package_arn,
                image_uri=self.plan.compiled.serving_image_uri,
                models=pulumi.Output.concat(store.artifacts_bucket, "/"),
                capture_bucket=store.capture_bucket,
                capture_prefix=self.plan.name,
                key_arn=store.artifacts_key_arn,
                capture_key_arn=store.capture_key_arn,
                log_key_arn=self.foundation.operations_key_arn,
                instance_type=settings.instance_type,
                initial_instance_count=settings.initial_instance_count,
                min_instance_count=settings.min_instance_count,
                max_instance_count=settings.max_instance_count,
                target_invocations_per_minute=settings.target_invocations_per_minute,
                data_capture_percent=settings.data_capture_percent,
                latency_alarm_milliseconds=settings.latency_alarm_milliseconds,
                rollout=Rollout(
                    strategy=settings.rollout.strategy,
                    step_percent=settings.rollout.step_percent,
                    wait_seconds=settings.rollout.wait_seconds,
                    termination_wait_seconds=settings.rollout.termination_wait_seconds,
                ),
                log_retention_days=config.log_retention_days,
                subnet_ids=self.foundation.network.subnet_ids,
                security_group_ids=self.foundation.network.security_group_ids,
                tags=self.plan.tags,
            ),
        )

    def api(self, features: FeatureStore) -> ScoringApi:
        """Declare the scoring API; it stands before the first version, too."""
        config = self.foundation.config
        code = self.plan.compiled.lambdas["scoring"]
        return ScoringApi(
            f"{self.plan.name}-scoring",
            ScoringApiArgs(
                api_name=f"{self.prefix}-scoring",
                code=FunctionCode(handler=code.handler, files=code.files),
                endpoint_name=self.prefix,
                model_name_prefix=f"{self.plan.serving_name}-",
                feature_groups=features.group_names,
                data_key_arn=self.foundation.store.features_key_arn,
                key_arn=self.foundation.operations_key_arn,
                log_group_prefix=f"/mlops/{self.prefix}",
                log_retention_days=config.log_retention_days,
                subnet_ids=self.foundation.network.subnet_ids,
                security_group_ids=self.foundation.network.security_group_ids,
                tags=self.plan.tags,
            ),
        )

    def delivery(
        self, registry: ModelRegistry, endpoint: ModelEndpoint, features: FeatureStore
    ) -> ModelDelivery:
        """Declare the build that takes an approved version to the endpoint."""
        config = self.foundation.config
        settings = self.plan.settings.delivery
        return ModelDelivery(
            f"{self.plan.name}-delivery",
            ModelDeliveryArgs(
                stack=config.stack,
                commands=settings.commands,
                source_type=_SOURCE_TYPES[settings.source.type],
                source_location=settings.source.location,
                compute_type=settings.compute_type,
                timeout_minutes=settings.timeout_minutes,
                state_bucket=settings.state_bucket,
                approval_rule=registry.approval_rule,
                approval_rule_arn=registry.approval_rule_arn,
                model_package_group=registry.group_name,
                endpoint_name=endpoint.endpoint_name,
                model_name_prefix=endpoint.model_name_prefix,
                serving_role_arn=endpoint.role_arn,
                feature_groups=list(features.group_names.values()),
                data_key_arn=self.foundation.store.artifacts_key_arn,
                key_arn=self.foundation.operations_key_arn,
                log_group_name=f"/mlops/{self.prefix}/delivery",
                log_retention_days=config.log_retention_days,
                tags=self.plan.tags,
            ),
        )
