"""An approval starts a build that updates the stack."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.model_delivery import ModelDelivery, ModelDeliveryArgs
from components.model_registry import ModelRegistry, ModelRegistryArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

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
        group_name="planes-dev-late", description="Will a flight arrive late?", tags=TAGS
    ),
)

delivery = ModelDelivery(
    "late-delivery",
    ModelDeliveryArgs(
        stack="planes-dev",
        commands=["make setup", 'pulumi up --stack "$STACK" --yes'],
        source_type="NO_SOURCE",
        approval_rule=registry.approval_rule,
        approval_rule_arn=registry.approval_rule_arn,
        model_package_group=registry.group_name,
        endpoint_name="planes-dev-late",
        model_name_prefix="late-serving-",
        serving_role_arn="arn:aws:iam::123456789012:role/late-serving-role",
        feature_groups=["planes-dev-late-weather"],
        models=pulumi.Output.concat(store.artifacts_bucket, "/"),
        data_key_arn=store.artifacts_key_arn,
        key_arn=key.arn,
        log_group_name="/mlops/planes-dev-late/delivery",
        tags=TAGS,
    ),
)
pulumi.export("project", delivery.project_name)
