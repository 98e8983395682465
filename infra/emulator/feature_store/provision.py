"""What happens after a feature group was asked for: its path, its table's name, its stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from infra.emulator.context import Context
from infra.emulator.feature_store.group import Group
from infra.emulator.sagemaker_api import Call, iso

_HIVE = {"String": "string", "Integral": "bigint", "Fractional": "double"}


def resolved_uri(call: Call, name: str, offline: Mapping[str, Any], created: datetime) -> str:
    """Return where the group's Parquet files will lie."""
    root = offline["S3StorageConfig"]["S3Uri"].rstrip("/")
    return (
        f"{root}/{call.backend.account_id}/sagemaker/{call.region}/offline-store/"
        f"{name}-{int(created.timestamp())}/data"
    )


def catalog(name: str, created: datetime) -> dict[str, str]:
    """Return the Glue table that SageMaker names for the offline store."""
    table = f"{name.replace('-', '_').lower()}_{int(created.timestamp())}"
    return {
        "TableName": table,
        "Catalog": "AwsDataCatalog",
        "Database": "sagemaker_featurestore",
    }


def provision(context: Context, group: Group) -> None:
    """Find out whether the role reaches the bucket, and open the group or fail it."""
    group.failure_reason = _refusal(context, group)
    group.status = "CreateFailed" if group.failure_reason else "Created"
    tell(context, group)


def _refusal(context: Context, group: Group) -> str | None:
    if group.offline_config is None:
        return None
    storage = group.offline_config["S3StorageConfig"]
    bucket = urlsplit(storage["S3Uri"]).netloc
    try:
        s3 = context.client("s3", group.region, role_arn=group.role_arn)
        s3.head_bucket(Bucket=bucket)
        if key := storage.get("KmsKeyId"):
            context.client("kms", group.region, role_arn=group.role_arn).describe_key(KeyId=key)
        _create_table(context, group)
    except (BotoCoreError, ClientError) as error:
        return f"{group.role_arn} cannot use offline store s3://{bucket}: {error}"
    return None


def _create_table(context: Context, group: Group) -> None:
    """Create the group's Glue table, and SageMaker's database where there is none yet."""
    config = group.offline_config or {}
    if config.get("DisableGlueTableCreation"):
        return
    names = config["DataCatalogConfig"]
    glue = context.client("glue", group.region)
    try:
        glue.create_database(DatabaseInput={"Name": names["Database"]})
    except ClientError as error:
        # By its code: boto3 makes a client's exception classes anew when two threads ask at once.
        if error.response["Error"]["Code"] != "AlreadyExistsException":
            raise
    glue.create_table(DatabaseName=names["Database"], TableInput=_table(group))


def update_table(context: Context, group: Group) -> None:
    """Give the group's Glue table the columns of features that were added."""
    config = group.offline_config or {}
    if not config or config.get("DisableGlueTableCreation"):
        return
    glue = context.client("glue", group.region)
    database = config["DataCatalogConfig"]["Database"]
    glue.update_table(DatabaseName=database, TableInput=_table(group))


def _table(group: Group) -> dict[str, Any]:
    config = group.offline_config or {}
    service = {
        "write_time": "timestamp",
        "api_invocation_time": "timestamp",
        "is_deleted": "boolean",
    }
    types = {n: _HIVE[d["FeatureType"]] for n, d in group.definitions.items()} | service
    return {
        "Name": config["DataCatalogConfig"]["TableName"],
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": kind} for name, kind in types.items()],
            "Location": config["S3StorageConfig"]["ResolvedOutputS3Uri"],
        },
        "PartitionKeys": [
            {"Name": name, "Type": "string"} for name in ("year", "month", "day", "hour")
        ],
    }


def tell(context: Context, group: Group) -> None:
    """Put the group's state on the event bus."""
    context.events(
        source="aws.sagemaker",
        detail_type="SageMaker Feature Group State Change",
        detail={
            "FeatureGroupArn": group.arn,
            "FeatureGroupName": group.name,
            "RecordIdentifierFeatureName": group.record_identifier,
            "EventTimeFeatureName": group.event_time,
            "FeatureDefinitions": list(group.definitions.values()),
            "CreationTime": iso(group.creation_time),
            "OnlineStoreConfig": group.online_config,
            "OfflineStoreConfig": group.offline_config,
            "RoleArn": group.role_arn,
            "FeatureGroupStatus": group.status,
            "Tags": {tag["Key"]: tag["Value"] for tag in group.tags},
        },
        resources=[group.arn],
        region=group.region,
    )
