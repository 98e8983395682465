"""What ``components.feature_store`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.words import FeatureStoreOfflineTable


class FeatureGroupDefinition(TypedDict):
    """One kind of entity and what is known of it."""

    name: str
    """Short name, for example `weather`."""
    description: str
    """What a record describes."""
    record_identifier: str
    """Feature that names the entity."""
    event_time: str
    """Feature that says since when the record holds."""
    features: Mapping[str, str]
    """Every feature in order to its type (`String`, `Integral` or `Fractional`), identifier and
    event time included."""


class FeatureStoreArgs(TypedDict):
    """Inputs of `FeatureStore`."""

    name_prefix: str
    """Stands before each group's short name, since a group's name cannot change later."""
    groups: Sequence[FeatureGroupDefinition]
    """What the store holds."""
    bucket: pulumi.Input[str]
    """Bucket of the offline store."""
    prefix: str
    """Where the offline store starts in the bucket, without slashes at its ends."""
    key_arn: pulumi.Input[str]
    """Customer key of both stores."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    offline_table: NotRequired[FeatureStoreOfflineTable]
    """`glue` registers the Parquet files as a table, `iceberg` keeps them as an Iceberg table,
    `none` leaves them files; a group that stands keeps what it was made with.

    By default `none`."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete or replace a group: either loses its records.

    By default `true`."""


class FeatureStoreOutputs(TypedDict):
    """What ``FeatureStore`` gives."""

    group_names: Mapping[str, pulumi.Output[str]]
    """Short name to AWS's name."""
    role_arn: pulumi.Output[str]
