"""Four buckets and their keys, protected from deletion."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))
pulumi.export("raw_bucket", store.raw_bucket)
