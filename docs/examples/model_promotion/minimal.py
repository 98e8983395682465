"""A build that copies the newest version that dev approved."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.model_promotion import ModelPromotion, ModelPromotionArgs
from components.model_registry import ModelRegistry, ModelRegistryArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}
UPSTREAM = "arn:aws:sagemaker:us-east-1:111122223333"

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(
        description="Logs, queues, topics", services=("logs", "events", "cloudwatch"), tags=TAGS
    ),
)

registry = ModelRegistry(
    "registry",
    ModelRegistryArgs(
        group_name="planes-staging-late", description="Will a flight arrive late?", tags=TAGS
    ),
)

promotion = ModelPromotion(
    "promotion",
    ModelPromotionArgs(
        stack="planes-staging",
        use_case="late",
        commands=["make setup", '.venv/bin/mlops promote -s "$STACK" -u "$USE_CASE"'],
        source_type="NO_SOURCE",
        upstream_group="planes-dev-late",
        upstream_group_arn=f"{UPSTREAM}:model-package-group/planes-dev-late",
        upstream_bucket="planes-dev-artifacts",
        upstream_key_arn="arn:aws:kms:us-east-1:111122223333:key/c0ffee",
        group_arn=registry.group_arn,
        bucket=store.artifacts_bucket,
        copies_prefix="promoted/",
        data_key_arn=store.artifacts_key_arn,
        key_arn=key.arn,
        role_name="planes-staging-late-promotion",
        log_group_name="/mlops/planes-staging-late/promotion",
        tags=TAGS,
    ),
)
pulumi.export("project", promotion.project_name)
