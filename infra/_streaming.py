"""The streams of a use case: each feeds one feature group beside its batches."""

from __future__ import annotations

import pulumi

from components.code import FunctionCode
from components.feature_store import FeatureStore
from components.feature_stream import FeatureStream, FeatureStreamArgs
from infra._plan import Foundation, UseCasePlan

_CODE = "stream-"
"""What the names of the streams' functions start with, before that of the feature group."""


def feature_streams(
    foundation: Foundation, plan: UseCasePlan, prefix: str, features: FeatureStore
) -> dict[str, pulumi.Output[str]]:
    """Declare a stream for each feature group that the use case has a function for.

    Returns their names by feature group; none where streaming is off.
    """
    config, settings = foundation.config, plan.settings.streaming
    if not settings.enabled:
        return {}
    found = {}
    for name, code in plan.compiled.lambdas.items():
        if not name.startswith(_CODE):
            continue
        group = name.removeprefix(_CODE)
        stream = FeatureStream(
            f"{plan.name}-{group}-stream",
            FeatureStreamArgs(
                stream_name=f"{prefix}-{group}",
                feature_group=features.group_names[group],
                code=FunctionCode(handler=code.handler, files=code.files),
                data_key_arn=foundation.store.features_key_arn,
                key_arn=foundation.operations_key_arn,
                log_group_name=f"/mlops/{prefix}/{group}-stream",
                tags=plan.tags,
                alerting=foundation.alerting,
                shard_count=settings.shard_count,
                retention_hours=settings.retention_hours,
                batch_size=settings.batch_size,
                window_seconds=settings.window_seconds,
                max_retries=settings.max_retries,
                max_age_hours=settings.max_age_hours,
                log_retention_days=config.log_retention_days,
                subnet_ids=foundation.network.subnet_ids,
                security_group_ids=foundation.network.security_group_ids,
                deletion_protection=config.deletion_protection,
            ),
        )
        found[group] = stream.stream_name
    return found
