"""Versions that staging copies, and that a shadow follows."""

import pulumi

from components.downstream import Downstream
from components.model_registry import ModelRegistry, ModelRegistryArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

registry = ModelRegistry(
    "registry",
    ModelRegistryArgs(
        group_name="planes-dev-late",
        description="Will a flight arrive late?",
        announces_candidates=True,
        downstream=Downstream(account_id="444455556666", role_names="planes-staging-*-promotion"),
        deletion_protection=False,
        tags=TAGS,
    ),
)
pulumi.export("group", registry.group_name)
pulumi.export("group_arn", registry.group_arn)
