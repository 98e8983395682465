"""The control plane's operations on feature groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.sagemaker.exceptions import ResourceInUseException, ResourceNotFound, ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from infra.emulator.feature_store.checks import check_additions, check_new
from infra.emulator.feature_store.group import Group, Metadata
from infra.emulator.feature_store.offline import OfflineStore
from infra.emulator.feature_store.online import OnlineStore
from infra.emulator.feature_store.provision import (
    catalog,
    provision,
    resolved_uri,
    tell,
    update_table,
)
from infra.emulator.sagemaker_api import Call, Operation, between, page

_SORT = {
    "Name": lambda group: group.name,
    "FeatureGroupStatus": lambda group: group.status,
    "OfflineStoreStatus": lambda group: (group.offline_status() or {}).get("Status", ""),
    "CreationTime": lambda group: group.creation_time,
}


def create_feature_group(call: Call) -> Mapping[str, Any]:
    """Create a group; it is ``Creating`` until its stores stand, as on AWS.

    Raises:
        ValidationError: the definition breaks a rule.
        ResourceInUseException: there is a group of that name.
    """
    asked = call.parameters
    check_new(asked)
    name, now = asked["FeatureGroupName"], call.now()
    arn = call.arn("feature-group", name.lower())
    if arn in call.backend.feature_groups:
        raise ResourceInUseException(
            f"Resource Already Exists: FeatureGroup with name {name} already exists. "
            "Choose a different name."
        )
    online, offline = asked.get("OnlineStoreConfig"), asked.get("OfflineStoreConfig")
    if online is not None:
        online = {"StorageType": "Standard", **online}
    if offline is not None:
        offline = {**offline, "S3StorageConfig": {**offline["S3StorageConfig"]}}
        offline["S3StorageConfig"]["ResolvedOutputS3Uri"] = resolved_uri(call, name, offline, now)
        if not offline.setdefault("DisableGlueTableCreation", False):
            offline.setdefault("DataCatalogConfig", catalog(name, now))
    group = Group(
        name=name,
        arn=arn,
        region=call.region,
        record_identifier=asked["RecordIdentifierFeatureName"],
        event_time=asked["EventTimeFeatureName"],
        definitions={d["FeatureName"]: dict(d) for d in asked["FeatureDefinitions"]},
        creation_time=now,
        last_modified_time=now,
        role_arn=asked.get("RoleArn"),
        description=asked.get("Description"),
        online_config=online,
        offline_config=offline,
        throughput=asked.get("ThroughputConfig") or {"ThroughputMode": "OnDemand"},
        tags=list(asked.get("Tags") or []),
        metadata={d["FeatureName"]: Metadata(now, now) for d in asked["FeatureDefinitions"]},
    )
    _build_stores(call, group)
    _groups(call.backend)[arn] = group
    tell(call.context, group)
    call.context.work.submit(f"create feature group {name}", provision, call.context, group)
    return {"FeatureGroupArn": arn}


def _build_stores(call: Call, group: Group) -> None:
    if (group.online_config or {}).get("EnableOnlineStore"):
        group.online = OnlineStore()
    if group.offline_config is not None:
        group.offline = OfflineStore(
            call.context,
            name=group.name,
            region=group.region,
            role_arn=group.role_arn or "",
            config=group.offline_config,
        )
        group.offline.declare({n: d["FeatureType"] for n, d in group.definitions.items()})


def describe_feature_group(call: Call) -> Mapping[str, Any]:
    """Return the group.

    Raises:
        ResourceNotFound: there is none of that name.
    """
    return find(call).describe()


def list_feature_groups(call: Call) -> Mapping[str, Any]:
    """Return the groups that pass the filters."""
    asked = call.parameters
    offline = asked.get("OfflineStoreStatusEquals")
    found = [
        group
        for group in _groups(call.backend).values()
        if (asked.get("NameContains") or "") in group.name
        and asked.get("FeatureGroupStatusEquals") in {None, group.status}
        and offline in {None, (group.offline_status() or {}).get("Status", "Disabled")}
        and between(
            group.creation_time, asked.get("CreationTimeAfter"), asked.get("CreationTimeBefore")
        )
    ]
    found.sort(
        key=_SORT[asked.get("SortBy") or "CreationTime"],
        reverse=asked.get("SortOrder") == "Descending",
    )
    rows, token = page(found, asked)
    return {"FeatureGroupSummaries": [group.summary() for group in rows], "NextToken": token}


def update_feature_group(call: Call) -> Mapping[str, Any]:
    """Add features or change the online store's time to live, in place.

    Features come a moment later, as on AWS: ``LastUpdateStatus`` says when.

    Raises:
        ValidationError: nothing or several things are asked for, or a feature is there already.
    """
    group, asked = find(call), call.parameters
    changes = [
        name
        for name in ("FeatureAdditions", "OnlineStoreConfig", "ThroughputConfig")
        if asked.get(name)
    ]
    if len(changes) != 1:
        raise ValidationError(
            "exactly one of FeatureAdditions, OnlineStoreConfig and ThroughputConfig must be "
            f"given, got {changes or 'none'}"
        )
    if group.status != "Created":
        raise ValidationError(f"feature group {group.name} must be Created, is {group.status}")
    with group.lock:
        group.last_modified_time = call.now()
        if changes == ["FeatureAdditions"]:
            additions = asked["FeatureAdditions"]
            check_additions(additions, known=group.definitions)
            group.last_update = "InProgress"
            name = f"update feature group {group.name}"
            call.context.work.submit(name, _add_features, call, group, additions)
            return {"FeatureGroupArn": group.arn}
        if changes == ["OnlineStoreConfig"]:
            _change_online_store(group, asked["OnlineStoreConfig"])
        else:
            group.throughput = dict(asked["ThroughputConfig"])
        group.last_update = "Successful"
    return {"FeatureGroupArn": group.arn}


def _add_features(call: Call, group: Group, additions: Sequence[Mapping[str, Any]]) -> None:
    with group.lock:
        definitions = {**group.definitions}
        for definition in additions:
            definitions[definition["FeatureName"]] = dict(definition)
            group.metadata[definition["FeatureName"]] = Metadata(call.now(), call.now())
        group.definitions = definitions
        if group.offline is not None:
            group.offline.declare({n: d["FeatureType"] for n, d in group.definitions.items()})
        update_table(call.context, group)
        group.last_update = "Successful"


def _change_online_store(group: Group, change: Mapping[str, Any]) -> None:
    if group.online is None or group.online_config is None:
        raise ValidationError(f"feature group {group.name} has no online store to update")
    if (
        change.get("StorageType", group.online_config["StorageType"])
        != (group.online_config["StorageType"])
    ):
        raise ValidationError("changing StorageType of an online store is not emulated")
    duration = change.get("TtlDuration")
    if duration is None:
        return
    if duration.get("Value") is None:
        group.online_config.pop("TtlDuration", None)
    else:
        group.online_config["TtlDuration"] = dict(duration)


def delete_feature_group(call: Call) -> None:
    """Delete the group and its online store; what lies on S3 stays, as on AWS."""
    group = find(call)
    if group.status == "Creating":
        raise ResourceInUseException(f"feature group {group.name} is still being created")
    group.status = "Deleting"
    if group.offline is not None:
        group.offline.close()
    del _groups(call.backend)[group.arn]
    tell(call.context, group)


def describe_feature_metadata(call: Call) -> Mapping[str, Any]:
    """Return what is said of one feature."""
    group, name = find(call), call.parameters["FeatureName"]
    metadata = _metadata(group, name)
    return {
        "FeatureGroupArn": group.arn,
        "FeatureGroupName": group.name,
        "FeatureName": name,
        "FeatureType": group.type_of(name),
        "CreationTime": metadata.created,
        "LastModifiedTime": metadata.modified,
        "Description": metadata.description,
        "Parameters": [{"Key": k, "Value": v} for k, v in metadata.parameters.items()],
    }


def update_feature_metadata(call: Call) -> None:
    """Change what is said of one feature."""
    asked = call.parameters
    metadata = _metadata(find(call), asked["FeatureName"])
    if asked.get("Description") is not None:
        metadata.description = asked["Description"]
    metadata.parameters |= {p["Key"]: p["Value"] for p in asked.get("ParameterAdditions") or []}
    for key in asked.get("ParameterRemovals") or []:
        metadata.parameters.pop(key, None)
    metadata.modified = call.now()


def find(call: Call) -> Group:
    """Return the group that a request names by name or ARN.

    Raises:
        ResourceNotFound: there is none.
    """
    name = call.parameters["FeatureGroupName"]
    arn = name if name.startswith("arn:") else call.arn("feature-group", name.lower())
    group = _groups(call.backend).get(arn)
    if group is None:
        raise ResourceNotFound(f"Resource Not Found: FeatureGroup with name {name} does not exist.")
    return group


def _metadata(group: Group, name: str) -> Metadata:
    if name not in group.metadata:
        raise ResourceNotFound(
            f"Resource Not Found: feature {name} does not exist in feature group {group.name}."
        )
    return group.metadata[name]


def _groups(backend: SageMakerModelBackend) -> dict[str, Group]:
    groups: Any = backend.feature_groups
    found: dict[str, Group] = groups
    return found


OPERATIONS: dict[str, Operation] = {
    "CreateFeatureGroup": create_feature_group,
    "DescribeFeatureGroup": describe_feature_group,
    "ListFeatureGroups": list_feature_groups,
    "UpdateFeatureGroup": update_feature_group,
    "DeleteFeatureGroup": delete_feature_group,
    "DescribeFeatureMetadata": describe_feature_metadata,
    "UpdateFeatureMetadata": update_feature_metadata,
}
