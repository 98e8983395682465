"""What delivers the stack within AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi

from components.delivery_pipeline import DeliveryPipeline, DeliveryPipelineArgs
from components.revisions import RELEASE_KEY, Connection, SourceObject
from infra._neighbours import ROLE
from infra._plan import Foundation
from infra.deployment_actions import deployed_types, reading, writing

PIPELINE: Final = "aws:codepipeline/pipeline:Pipeline"


def declare_delivery_pipeline(
    foundation: Foundation, tags: Mapping[str, str]
) -> Mapping[str, pulumi.Input[str]]:
    """Declare the pipeline where the stack has one, and return what it exports."""
    config = foundation.config
    settings = config.deployment.pipeline
    if settings is None or config.instance is not None:  # a short-lived stack is its workflow's
        return {}
    types = {*deployed_types(), PIPELINE}
    upstream = settings.source.type == "upstream"
    pipeline = DeliveryPipeline(
        "delivery",
        DeliveryPipelineArgs(
            stack=config.stack,
            source=_source(foundation),
            # What was delivered upstream was checked there, and is taken as it is.
            check=() if upstream else settings.check,
            preview=settings.preview,
            deploy=settings.deploy,
            reading=reading(types),
            writing=writing(types),
            bucket=foundation.store.artifacts_bucket,
            data_key_arn=foundation.store.artifacts_key_arn,
            key_arn=foundation.operations_key_arn,
            alerting=foundation.alerting,
            # The upstream account lets in roles of this pattern; no use case has such a name.
            role_name=f"{config.stack}-pipeline-source-{ROLE}",
            log_group_name=f"/mlops/{config.stack}/delivery",
            releases=config.promotion.downstream is not None,
            state_bucket=config.deployment.state_bucket,
            compute_type=settings.compute_type,
            timeout_minutes=settings.timeout_minutes,
            log_retention_days=config.log_retention_days,
            tags=tags,
        ),
    )
    return {"delivery_pipeline": pipeline.pipeline_name}


def _source(foundation: Foundation) -> Connection | SourceObject:
    pipeline, before = foundation.config.deployment.pipeline, foundation.upstream
    found = None if pipeline is None else pipeline.source
    if found is not None and found.connection_arn and found.repository and found.branch:
        return Connection(
            arn=found.connection_arn, repository=found.repository, branch=found.branch
        )
    if found is not None and found.location:
        bucket, _, key = found.location.partition("/")
        return SourceObject(bucket=bucket, key=key, key_arn=found.key_arn)
    if before is None:
        raise ValueError("source must be a connection, an object or upstream's, got none")
    return SourceObject(
        bucket=before.artifacts_bucket, key=RELEASE_KEY, key_arn=before.artifacts_key_arn
    )
