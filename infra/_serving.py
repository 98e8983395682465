"""The serving half of a loop: endpoint, scoring API, delivery."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

import stacks.serving
import stacks.serving_modes
from components.code import FunctionCode
from components.feature_store import FeatureStore
from components.model_delivery import ModelDelivery, ModelDeliveryArgs
from components.model_endpoint import ModelEndpoint, ModelEndpointArgs
from components.model_registry import ModelRegistry
from components.release_monitor import ReleaseMonitor, ReleaseMonitorArgs
from components.rollout import Rollout
from components.scaling import BusinessHours, Scaling
from components.scoring_api import ScoringApi, ScoringApiArgs
from components.serving_modes import Asynchronous, Serverless
from components.variants import Shadow, Variant
from infra._pipelines import METRIC_NAMESPACE
from infra._plan import Foundation, UseCasePlan
from infra._promotion import SOURCE_TYPES
from infra.live_versions import ServedVersions
from stacks.variants import SHADOW


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
                variants=variants(settings, self.plan.served),
                mode=self._mode(),
                shadow=shadow(settings, self.plan.served),
                scaling=scaling(settings),
                image_uri=self.plan.compiled.serving_image_uri,
                models=pulumi.Output.concat(store.artifacts_bucket, "/"),
                capture_bucket=store.capture_bucket,
                capture_prefix=self.plan.name,
                key_arn=store.artifacts_key_arn,
                capture_key_arn=store.capture_key_arn,
                log_key_arn=self.foundation.operations_key_arn,
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
                made_from={} if self.plan.served is None else self.plan.served.made_from,
                alerting=self.foundation.alerting,
            ),
        )

    def _mode(self) -> Asynchronous | Serverless | None:
        settings, store = self.plan.settings.serving, self.foundation.store
        match settings.mode:
            case "asynchronous":
                own = settings.asynchronous or stacks.serving_modes.Asynchronous()
                return Asynchronous(
                    bucket=store.capture_bucket,
                    requests_prefix=f"requests/{self.plan.name}",
                    answers_prefix=f"answers/{self.plan.name}",
                    failures_prefix=f"failures/{self.plan.name}",
                    topic_key_arn=self.foundation.operations_key_arn,
                    max_concurrent_invocations=own.max_concurrent_invocations,
                )
            case "serverless":
                limits = settings.serverless or stacks.serving_modes.Serverless()
                return Serverless(
                    memory_mib=limits.memory_mib,
                    max_concurrency=limits.max_concurrency,
                    provisioned_concurrency=limits.provisioned_concurrency,
                )
            case "realtime":
                return None

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
                alerting=self.foundation.alerting,
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
                source_type=SOURCE_TYPES[settings.source.type],
                source_location=settings.source.location,
                source_version=settings.source.version,
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
                models=pulumi.Output.concat(self.foundation.store.artifacts_bucket, "/"),
                data_key_arn=self.foundation.store.artifacts_key_arn,
                key_arn=self.foundation.operations_key_arn,
                log_group_name=f"/mlops/{self.prefix}/delivery",
                log_retention_days=config.log_retention_days,
                tags=self.plan.tags,
                alerting=self.foundation.alerting,
            ),
        )

    def monitor(self, registry: ModelRegistry, endpoint: ModelEndpoint) -> ReleaseMonitor | None:
        """Declare what watches that approved versions go live, where that is asked for."""
        config, settings = self.foundation.config, self.plan.settings
        overdue_hours = settings.delivery.overdue_hours
        if overdue_hours is None:
            return None
        code = self.plan.compiled.lambdas["release"]
        return ReleaseMonitor(
            f"{self.plan.name}-release",
            ReleaseMonitorArgs(
                code=FunctionCode(handler=code.handler, files=code.files),
                endpoint_name=self.prefix,
                model_package_group=registry.group_name,
                model_name_prefix=endpoint.model_name_prefix,
                choices=settings.serving.model_versions,
                metric_namespace=METRIC_NAMESPACE,
                dimensions={"Stack": config.stack, "UseCase": self.plan.name},
                alarm_name=f"{self.prefix}-version-not-live",
                overdue_hours=overdue_hours,
                key_arn=self.foundation.operations_key_arn,
                log_group_name=f"/mlops/{self.prefix}/release",
                log_retention_days=config.log_retention_days,
                subnet_ids=self.foundation.network.subnet_ids,
                security_group_ids=self.foundation.network.security_group_ids,
                tags=self.plan.tags,
                alerting=self.foundation.alerting,
            ),
        )


def variants(settings: stacks.serving.Serving, served: ServedVersions | None) -> list[Variant]:
    """Return what answers, each with the version that it is to serve."""
    return [
        Variant(
            name=one.name,
            model_package_arn=None if served is None else served.variants[one.name],
            instance_type=one.instance_type,
            weight=one.weight,
            initial_instance_count=one.initial_instance_count,
            min_instance_count=one.min_instance_count,
            max_instance_count=one.max_instance_count,
        )
        for one in settings.production_variants
    ]


def shadow(settings: stacks.serving.Serving, served: ServedVersions | None) -> Shadow | None:
    """Return the shadow, where one is asked for and a version waits for approval."""
    asked = settings.shadow
    if asked is None or served is None or served.candidate is None:
        return None
    instance_type = asked.instance_type or settings.instance_type
    assert instance_type is not None  # noqa: S101 - a shadow has mode realtime
    return Shadow(
        name=SHADOW,
        candidate=served.candidate,
        instance_type=instance_type,
        sampling_percent=asked.sampling_percent,
        instance_count=asked.instance_count,
    )


def scaling(settings: stacks.serving.Serving) -> Scaling:
    """Return what autoscaling aims at."""
    own, hours = settings.scaling, settings.scaling.business_hours
    return Scaling(
        metric=settings.scaling_metric,
        target=settings.scaling_target,
        scale_out_cooldown_seconds=own.scale_out_cooldown_seconds,
        scale_in_cooldown_seconds=own.scale_in_cooldown_seconds,
        business_hours=None
        if hours is None
        else BusinessHours(
            days=hours.days,
            starts_at=hours.starts_at,
            ends_at=hours.ends_at,
            time_zone=hours.time_zone,
            min_instance_count=hours.min_instance_count,
        ),
    )
