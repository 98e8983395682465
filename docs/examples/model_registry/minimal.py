"""A model package group and the event of an approval."""

import pulumi

from components.model_registry import ModelRegistry, ModelRegistryArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

registry = ModelRegistry(
    "registry",
    ModelRegistryArgs(
        group_name="planes-dev-late", description="Will a flight arrive late?", tags=TAGS
    ),
)
pulumi.export("group", registry.group_name)
