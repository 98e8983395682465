"""A repository for one image."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.container_registry import ContainerRegistry, ContainerRegistryArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

images = ContainerRegistry(
    "images",
    ContainerRegistryArgs(
        name_prefix="planes-dev", images=["serving"], key_arn=store.artifacts_key_arn, tags=TAGS
    ),
)
pulumi.export("push_to", images.repository_urls["serving"])
