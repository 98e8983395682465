"""Two images that staging and prod pull by digest."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.container_registry import ContainerRegistry, ContainerRegistryArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

images = ContainerRegistry(
    "images",
    ContainerRegistryArgs(
        name_prefix="planes-dev",
        images=["serving", "training"],
        keep_count=20,
        untagged_days=3,
        reader_account_ids=["444455556666", "777788889999"],
        deletion_protection=False,
        force_destroy=True,
        key_arn=store.artifacts_key_arn,
        tags=TAGS,
    ),
)
pulumi.export("push_to", dict(images.repository_urls))
