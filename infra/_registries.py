"""What a stack keeps beside its data: images of its own, and who touched what."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.artifact_store import ArtifactStore
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.container_registry import ContainerRegistry, ContainerRegistryArgs
from stacks.config import StackConfig


def declare_images(
    config: StackConfig, *, key_arn: pulumi.Input[str], tags: Mapping[str, str]
) -> ContainerRegistry | None:
    """Declare a repository for each image that the stack names; ``None`` where it names none."""
    if not config.images:
        return None
    return ContainerRegistry(
        "images",
        ContainerRegistryArgs(
            name_prefix=config.stack,
            images=config.images,
            reader_account_ids=config.image_reader_accounts,
            key_arn=key_arn,
            tags=tags,
            deletion_protection=config.deletion_protection,
            force_destroy=config.force_destroy,
        ),
    )


def declare_audit_trail(
    config: StackConfig,
    store: ArtifactStore,
    *,
    key_arn: pulumi.Input[str],
    tags: Mapping[str, str],
) -> AuditTrail | None:
    """Declare the record of who touched the stack's data; ``None`` where it is not asked for."""
    if not config.audit_trail:
        return None
    return AuditTrail(
        "audit",
        AuditTrailArgs(
            trail_name=config.stack,
            buckets=[
                store.raw_bucket,
                store.features_bucket,
                store.artifacts_bucket,
                store.capture_bucket,
            ],
            access_log_bucket=store.access_log_bucket,
            key_arn=key_arn,
            log_group_name=f"/mlops/{config.stack}/audit",
            log_retention_days=config.log_retention_days,
            record_retention_days=config.log_retention_days,
            noncurrent_retention_days=config.noncurrent_retention_days,
            tags=tags,
            deletion_protection=config.deletion_protection,
            force_destroy=config.force_destroy,
        ),
    )
