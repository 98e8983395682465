"""Two groups with Glue tables, in a stack that may be taken down."""

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
WEATHER = FeatureGroupDefinition(
    name="weather",
    description="An hour's weather at an airport",
    record_identifier="airport",
    event_time="event_time",
    features={
        "airport": "String",
        "event_time": "String",
        "temperature": "Fractional",
        "wind_speed": "Fractional",
    },
)

store = ArtifactStore("store", ArtifactStoreArgs(tags=TAGS))

features = FeatureStore(
    "features",
    FeatureStoreArgs(
        name_prefix="planes-dev",
        groups=[PLANES, WEATHER],
        bucket=store.features_bucket,
        prefix="features/planes",
        offline_table="glue",
        deletion_protection=False,
        key_arn=store.features_key_arn,
        tags=TAGS,
    ),
)
pulumi.export("groups", dict(features.group_names))
pulumi.export("role_arn", features.role_arn)
