"""SageMaker Feature Store: groups, records by event time, and an offline store of Parquet on S3."""

from infra.emulator.feature_store.attach import install

__all__ = ["install"]
