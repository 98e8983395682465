"""Feature groups with an online and an offline store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components._feature_definitions import FeatureDefinitions
from components._iam import allow, document, lend_key, read_objects, trust, use_key, write_objects
from components._place import Place, here
from components._tags import stamp

FEATURE_TYPES = ("String", "Integral", "Fractional")
RESERVED_FEATURES = frozenset({"is_deleted", "write_time", "api_invocation_time"})
"""Columns that Feature Store adds to the offline store itself."""
MAX_FEATURES = 2_500
TABLES = ("none", "glue", "iceberg")
DATABASE = "sagemaker_featurestore"
"""Glue database in which SageMaker makes the tables."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureGroupDefinition:
    """One kind of entity and what is known of it."""

    name: str
    """Short name, for example ``weather``."""
    description: str
    """What a record describes."""
    record_identifier: str
    """Feature that names the entity."""
    event_time: str
    """Feature that says since when the record holds."""
    features: Mapping[str, str]
    """Every feature in order to its type (``String``, ``Integral`` or ``Fractional``), identifier
    and event time included."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureStoreArgs:
    """Inputs of :class:`FeatureStore`.

    Raises:
        ValueError: a group's identifier or event time is not one of its features, a feature's
            name is reserved or stands twice but for case, its type is not SageMaker's, there are
            more than SageMaker takes, or ``offline_table`` is none of its kinds.
    """

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
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    offline_table: Literal["none", "glue", "iceberg"] = "none"
    """``glue`` registers the Parquet files as a table, ``iceberg`` keeps them as an Iceberg table,
    ``none`` leaves them files; a group that stands keeps what it was made with."""
    deletion_protection: bool = True
    """Pulumi refuses to delete or replace a group: either loses its records."""

    def __post_init__(self) -> None:
        if self.offline_table not in TABLES:
            raise ValueError(f"offline_table must be one of {TABLES}, got {self.offline_table!r}")
        for group in self.groups:
            _check_names(group)
            for role in ("record_identifier", "event_time"):
                feature = getattr(group, role)
                if feature not in group.features:
                    raise ValueError(
                        f"{role} of {group.name} must be one of {sorted(group.features)},"
                        f" got {feature!r}"
                    )
            for feature, kind in group.features.items():
                if kind not in FEATURE_TYPES:
                    raise ValueError(
                        f"{feature} of {group.name} must be one of {FEATURE_TYPES}, got {kind!r}"
                    )


class FeatureStore(pulumi.ComponentResource):
    """What is known of entities, by event time: the newest online, everything offline.

    A feature that is added comes to its group in place. Removing or retyping one, or another
    identifier or event time, is refused: the way is a group of another name (``docs/features.md``).

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    group_names: Mapping[str, pulumi.Output[str]]
    """Short name to AWS's name."""
    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: FeatureStoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:FeatureStore", name, {}, opts)
        tags = stamp(args.tags, component=name)
        child = pulumi.ResourceOptions(parent=self)
        place = here()
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=place.apply(lambda at: trust("sagemaker.amazonaws.com", at)),
            tags=tags,
            # Another path is another role, and AWS replaces a group that gets another role.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["path"]),
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=pulumi.Output.all(place, args.bucket, args.key_arn).apply(
                lambda parts: keep_offline(
                    parts[0],
                    path=f"{parts[1]}/{args.prefix}/",
                    key_arn=parts[2],
                    catalog=args.offline_table != "none",
                )
            ),
            opts=child,
        )
        whole = pulumi.ResourceOptions(
            parent=self,
            # CreateFeatureGroup checks the role's access, yet no input mentions the policy.
            depends_on=[policy],
            protect=args.deletion_protection,
            # pulumi-aws would replace the group; what comes later is added below.
            ignore_changes=["featureDefinitions"],
        )
        groups = {
            group.name: aws.sagemaker.FeatureGroup(
                f"{name}-{group.name}", _properties(group, args, role, tags), whole
            )
            for group in args.groups
        }
        for group in args.groups:
            made = groups[group.name]
            FeatureDefinitions(
                f"{name}-{group.name}-definitions",
                feature_group_name=f"{args.name_prefix}-{group.name}",
                feature_group_arn=made.arn,
                record_identifier=group.record_identifier,
                event_time=group.event_time,
                features=group.features,
                offline_store_uri=made.offline_store_config.apply(_written_to),
                opts=child,
            )
        self.role_arn = role.arn
        self.group_names = {key: group.feature_group_name for key, group in groups.items()}
        self.register_outputs({"group_names": dict(self.group_names), "role_arn": self.role_arn})


def _properties(
    group: FeatureGroupDefinition,
    args: FeatureStoreArgs,
    role: aws.iam.Role,
    tags: Mapping[str, str],
) -> aws.sagemaker.FeatureGroupArgs:
    return aws.sagemaker.FeatureGroupArgs(
        feature_group_name=f"{args.name_prefix}-{group.name}",
        description=group.description,
        record_identifier_feature_name=group.record_identifier,
        event_time_feature_name=group.event_time,
        feature_definitions=[
            aws.sagemaker.FeatureGroupFeatureDefinitionArgs(feature_name=name, feature_type=kind)
            for name, kind in group.features.items()
        ],
        role_arn=role.arn,
        online_store_config=aws.sagemaker.FeatureGroupOnlineStoreConfigArgs(
            enable_online_store=True,
            security_config=aws.sagemaker.FeatureGroupOnlineStoreConfigSecurityConfigArgs(
                kms_key_id=args.key_arn
            ),
        ),
        offline_store_config=aws.sagemaker.FeatureGroupOfflineStoreConfigArgs(
            s3_storage_config=aws.sagemaker.FeatureGroupOfflineStoreConfigS3StorageConfigArgs(
                s3_uri=pulumi.Output.concat("s3://", args.bucket, "/", args.prefix),
                kms_key_id=args.key_arn,
            ),
            disable_glue_table_creation=args.offline_table == "none",
            table_format="Iceberg" if args.offline_table == "iceberg" else None,
        ),
        tags=tags,
    )


def _written_to(
    config: aws.sagemaker.outputs.FeatureGroupOfflineStoreConfig | None,
) -> str | None:
    return None if config is None else config.s3_storage_config.resolved_output_s3_uri


def _check_names(group: FeatureGroupDefinition) -> None:
    if not 1 <= len(group.features) <= MAX_FEATURES:
        raise ValueError(
            f"features of {group.name} must be 1-{MAX_FEATURES}, got {len(group.features)}"
        )
    seen: set[str] = set()
    for feature in group.features:
        if feature.lower() in RESERVED_FEATURES:
            raise ValueError(
                f"features of {group.name} must be none of {sorted(RESERVED_FEATURES)},"
                f" got {feature!r}"
            )
        if feature.lower() in seen:
            raise ValueError(
                f"features of {group.name} must differ in more than case, got {feature!r} again"
            )
        seen.add(feature.lower())


def keep_offline(place: Place, *, path: str, key_arn: str, catalog: bool = False) -> str:
    """Allow Feature Store to write the offline store below ``path`` (``bucket/prefix/``).

    ``catalog``: and to keep its tables in Glue.
    """
    tables = allow(
        "glue:CreateDatabase",
        "glue:CreateTable",
        "glue:GetDatabase",
        "glue:GetTable",
        "glue:UpdateTable",
        on=[
            place.arn("glue", "catalog"),
            place.arn("glue", f"database/{DATABASE}"),
            place.arn("glue", f"table/{DATABASE}/*"),
        ],
    )
    bucket = path.partition("/")[0]
    return document(
        *read_objects(place, path),
        write_objects(place, path),
        allow("s3:GetBucketAcl", "s3:GetBucketLocation", on=place.s3(bucket)),
        use_key(key_arn),
        lend_key(key_arn),
        *((tables,) if catalog else ()),
    )
