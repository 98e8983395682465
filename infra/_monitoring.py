"""The watching half of a loop: drift monitor and retraining gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.code import FunctionCode
from components.dashboard import WatchedModel
from components.drift_monitor import DriftMonitor, DriftMonitorArgs
from components.ml_pipeline import MlPipeline
from components.model_registry import ModelRegistry
from components.retraining_gate import RetrainingGate, RetrainingGateArgs
from infra._orchestrators import by_the_clock
from infra._pipelines import METRIC_NAMESPACE
from infra._plan import Foundation, UseCasePlan

REQUEST = "request"
"""What callers send beside the feature groups; its drift is measured as one more group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Monitoring:
    """Declares what watches, from the settings of one use case."""

    foundation: Foundation
    plan: UseCasePlan
    prefix: str
    """``<stack>-<use case>``: start of the alarms' names."""

    def drift(self, detector: MlPipeline) -> DriftMonitor:
        """Declare the schedule of the detector and the alarms on what it publishes."""
        settings = self.plan.settings.drift
        return DriftMonitor(
            f"{self.plan.name}-drift",
            DriftMonitorArgs(
                name_prefix=self.prefix,
                metric_namespace=METRIC_NAMESPACE,
                dimensions=self._dimensions,
                feature_groups=self._groups,
                detector_name=detector.pipeline_name,
                detector_arn=detector.pipeline_arn,
                schedule=by_the_clock(self.foundation.config, settings.schedule),
                feature_threshold=settings.feature_threshold,
                prediction_threshold=settings.prediction_threshold,
                drop_threshold=settings.drop_threshold,
                objective=self.plan.compiled.objective,
                key_arn=self.foundation.operations_key_arn,
                tags=self.plan.tags,
                alerting=self.foundation.alerting,
            ),
        )

    def gate(
        self,
        monitor: DriftMonitor,
        registry: ModelRegistry,
        *,
        training: MlPipeline,
        feature_pipeline: MlPipeline,
    ) -> RetrainingGate:
        """Declare what decides on retraining when the monitor alarms or data is new."""
        config, store = self.foundation.config, self.foundation.store
        settings = self.plan.settings.retraining
        code = self.plan.compiled.lambdas["gate"]
        return RetrainingGate(
            f"{self.plan.name}-gate",
            RetrainingGateArgs(
                stack=config.stack,
                use_case=self.plan.name,
                code=FunctionCode(handler=code.handler, files=code.files),
                training_pipeline_name=training.pipeline_name,
                training_pipeline_arn=training.pipeline_arn,
                feature_pipeline_arn=feature_pipeline.pipeline_arn,
                model_package_group=registry.group_name,
                raw_bucket=store.raw_bucket,
                labels_prefix=f"labels/{self.plan.name}/",
                alarm_rule=monitor.alarm_rule,
                alarm_rule_arn=monitor.alarm_rule_arn,
                alarm_arns=monitor.alarm_arns,
                data_quality_alarm=monitor.data_quality_alarm,
                cool_down_hours=settings.cool_down_hours,
                budget_retrainings=settings.budget_retrainings,
                budget_window_days=settings.budget_window_days,
                min_new_labels=settings.min_new_labels,
                on_new_data=settings.on_new_data,
                schedule=settings.schedule,
                data_key_arn=store.raw_key_arn,
                key_arn=self.foundation.operations_key_arn,
                log_group_name=f"/mlops/{self.prefix}/gate",
                log_retention_days=config.log_retention_days,
                subnet_ids=self.foundation.network.subnet_ids,
                security_group_ids=self.foundation.network.security_group_ids,
                tags=self.plan.tags,
                alerting=self.foundation.alerting,
                deletion_protection=config.deletion_protection,
            ),
        )

    def watched(
        self,
        *,
        pipelines: Sequence[pulumi.Input[str]],
        functions: Sequence[pulumi.Input[str]],
        alarm_arns: Sequence[pulumi.Input[str]],
    ) -> WatchedModel:
        """Return what the dashboards show of this use case."""
        settings = self.plan.settings.drift
        return WatchedModel(
            name=self.plan.name,
            endpoint_name=self.prefix,
            dimensions=self._dimensions,
            metric_namespace=METRIC_NAMESPACE,
            feature_groups=self._groups,
            feature_threshold=settings.feature_threshold,
            prediction_threshold=settings.prediction_threshold,
            drop_threshold=settings.drop_threshold,
            pipeline_names=pipelines,
            function_names=functions,
            api_name=f"{self.prefix}-scoring",
            alarm_arns=alarm_arns,
            scores_batches=self.plan.settings.batch_scoring is not None,
            decisions_log_group=f"/mlops/{self.prefix}/gate",
            compares_shadow=(shadow := self.plan.settings.serving.shadow) is not None
            and shadow.promotion is not None,
            objective=self.plan.compiled.objective,
        )

    @property
    def _groups(self) -> list[str]:
        compiled = self.plan.compiled
        own = [REQUEST] if compiled.watches_requests else []
        return [*(group.name for group in compiled.feature_groups), *own]

    @property
    def _dimensions(self) -> dict[str, str]:
        return {"Stack": self.foundation.config.stack, "UseCase": self.plan.name}
