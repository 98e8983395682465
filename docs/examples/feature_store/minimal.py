"""One feature group, online and offline."""

import pulumi

from components.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.feature_store import FeatureGroupDefinition, FeatureStore, FeatureStoreArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

PLANES = FeatureGroupDefinition(
    name="planes",
    description="Aircraft by tail number",
    record_identifier="tailnum",
    event_time="event_time",
    features={"tailnum": "String", "event_time": "String", "seats": "Integral"},
)

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

features = FeatureStore(
    "features",
    FeatureStoreArgs(
        name_prefix="planes-dev",
        groups=[PLANES],
        bucket=store.features_bucket,
        prefix="features/planes",
        key_arn=store.features_key_arn,
        tags=TAGS,
    ),
)
pulumi.export("group", features.group_names["planes"])
