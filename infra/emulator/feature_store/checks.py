"""What SageMaker refuses when a feature group is created or updated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from moto.sagemaker.exceptions import ValidationError

RESERVED: Final = frozenset({"is_deleted", "write_time", "api_invocation_time"})
MAX_FEATURES: Final = 2_500
MAX_ADDITIONS: Final = 100
_NAME = re.compile(r"[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}")
_TYPES = ("Integral", "Fractional", "String")
_STORAGE = ("Standard", "Standard_V2", "InMemory")
_EVENT_TIME_TYPES = ("String", "Fractional")


def check_new(parameters: Mapping[str, Any]) -> None:
    """Check a CreateFeatureGroup.

    Raises:
        ValidationError: a rule is broken.
    """
    check_name("featureGroupName", parameters["FeatureGroupName"])
    definitions = {d["FeatureName"]: d for d in parameters["FeatureDefinitions"]}
    check_definitions(parameters["FeatureDefinitions"], known=())
    for field in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if parameters[field] not in definitions:
            raise ValidationError(
                f"{field} {parameters[field]} must be one of the FeatureDefinitions"
            )
    event_type = definitions[parameters["EventTimeFeatureName"]]["FeatureType"]
    if event_type not in _EVENT_TIME_TYPES:
        raise ValidationError(
            f"EventTimeFeatureName {parameters['EventTimeFeatureName']} must be String or "
            f"Fractional, got {event_type}"
        )
    _check_stores(parameters)


def check_name(field: str, name: str) -> None:
    """Check a feature group's or feature's name.

    Raises:
        ValidationError: it does not match SageMaker's pattern.
    """
    if not _NAME.fullmatch(name):
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at '{field}' failed to satisfy "
            f"constraint: Member must satisfy regular expression pattern: {_NAME.pattern}"
        )


def check_definitions(definitions: Sequence[Mapping[str, Any]], known: Iterable[str]) -> None:
    """Check declared or added features against what the group has already.

    Raises:
        ValidationError: a name is reserved, taken or malformed, a type unknown, or they are too
            many.
    """
    taken = {name.lower() for name in known}
    if not 1 <= len(definitions) + len(taken) <= MAX_FEATURES:
        raise ValidationError(
            f"FeatureDefinitions must be 1-{MAX_FEATURES}, got {len(definitions) + len(taken)}"
        )
    for definition in definitions:
        name, kind = definition["FeatureName"], definition.get("FeatureType")
        check_name("featureDefinitions.member.featureName", name)
        if name.lower() in RESERVED:
            raise ValidationError(f"FeatureName {name} is reserved by Feature Store")
        if name.lower() in taken:
            raise ValidationError(f"FeatureName {name} must be unique in its feature group")
        if kind not in _TYPES:
            raise ValidationError(
                f"FeatureType of {name} must be one of {', '.join(_TYPES)}, got {kind}"
            )
        if definition.get("CollectionType"):
            raise ValidationError(f"CollectionType of {name} is not emulated")
        taken.add(name.lower())


def check_additions(additions: Sequence[Mapping[str, Any]], known: Iterable[str]) -> None:
    """Check the features of one UpdateFeatureGroup.

    Raises:
        ValidationError: as :func:`check_definitions`, or they are more than one call takes.
    """
    if len(additions) > MAX_ADDITIONS:
        raise ValidationError(f"FeatureAdditions must be 1-{MAX_ADDITIONS}, got {len(additions)}")
    check_definitions(additions, known)


def _check_stores(parameters: Mapping[str, Any]) -> None:
    online = parameters.get("OnlineStoreConfig") or {}
    offline = parameters.get("OfflineStoreConfig")
    if not online.get("EnableOnlineStore") and not offline:
        raise ValidationError(
            "At least one of OnlineStoreConfig with EnableOnlineStore and OfflineStoreConfig "
            "must be provided"
        )
    if online.get("StorageType", _STORAGE[0]) not in _STORAGE:
        raise ValidationError(
            f"StorageType must be one of {', '.join(_STORAGE)}, got {online['StorageType']}"
        )
    if offline is None:
        return
    if not parameters.get("RoleArn"):
        raise ValidationError("RoleArn must be provided with OfflineStoreConfig")
    if not offline["S3StorageConfig"]["S3Uri"].startswith("s3://"):
        raise ValidationError(
            f"S3Uri must start with s3://, got {offline['S3StorageConfig']['S3Uri']}"
        )
    if offline.get("TableFormat", "Default") == "Iceberg":
        raise ValidationError("TableFormat Iceberg is not emulated")
