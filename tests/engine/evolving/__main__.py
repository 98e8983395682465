"""A feature store whose schema is configuration, and something declared before it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi
import pulumi_aws as aws

from components.feature_store import FeatureGroupDefinition, FeatureStore, FeatureStoreArgs

config = pulumi.Config()
tags = {"project": "p", "environment": "test", "owner": "o", "team": "t"}
aws.sns.Topic("first", tags={**tags, "note": config.get("note") or "none"})
key = aws.kms.Key("key", description="Small", enable_key_rotation=True, tags=tags)
bucket = aws.s3.Bucket("data", force_destroy=True, tags=tags)
FeatureStore(
    "store",
    FeatureStoreArgs(
        name_prefix="evolving",
        groups=[
            FeatureGroupDefinition(
                name="planes",
                description="Aircraft by tail number.",
                record_identifier="tailnum",
                event_time="event_time",
                features=config.require_object("features"),
            )
        ],
        bucket=bucket.bucket,
        prefix="features",
        key_arn=key.arn,
        tags=tags,
    ),
)
