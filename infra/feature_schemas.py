"""What may become of a feature group's schema: features come, none goes, none changes.

SageMaker adds features to a group in place and does nothing else to a schema. Whatever else is
declared would need another group, so it is refused, with the way there, before anything is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """Names and types of one feature group."""

    group: str
    """AWS's name of it."""
    record_identifier: str
    event_time: str
    features: Mapping[str, str]
    """Feature to type, identifier and event time included."""
    offline_table: str | None = None
    """``none``, ``glue`` or ``iceberg``; ``None`` where it is not known."""

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> Schema:
        """Read DescribeFeatureGroup's answer."""
        return cls(
            group=description["FeatureGroupName"],
            record_identifier=description["RecordIdentifierFeatureName"],
            event_time=description["EventTimeFeatureName"],
            features={
                one["FeatureName"]: one["FeatureType"] for one in description["FeatureDefinitions"]
            },
            offline_table=_table(description.get("OfflineStoreConfig")),
        )


class SchemaChangeError(ValueError):
    """A schema that its standing group cannot take on; the message holds the migration plan."""


class StandingSchemas(Protocol):
    """Knows which feature groups stand."""

    def of(self, group: str) -> Schema | None:
        """Return the group's schema; ``None`` where there is no such group yet."""


class AccountSchemas:
    """Asks SageMaker, at ``AWS_ENDPOINT_URL`` where that is set."""

    def __init__(self, region: str) -> None:
        self._region = region

    def of(self, group: str) -> Schema | None:
        """Return the group's schema; ``None`` where there is no such group yet.

        Raises:
            ClientError: AWS refuses, for another reason than that there is none.
        """
        # A program that is only drawn need not pay for importing boto3.
        import boto3  # noqa: PLC0415 - see above
        from botocore.exceptions import ClientError  # noqa: PLC0415

        sagemaker = boto3.client("sagemaker", region_name=self._region)
        try:
            return Schema.described(describe(sagemaker, group))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFound":
                return None
            raise


class NothingStands:
    """Knows of no group: for evaluating a stack with no account to ask."""

    def of(self, group: str) -> Schema | None:  # noqa: ARG002 - part of the protocol
        """Return ``None``."""
        return None


def describe(sagemaker: Any, group: str) -> dict[str, Any]:  # noqa: ANN401 - a boto3 client
    """Return DescribeFeatureGroup's answer with every page of the features.

    Raises:
        ClientError: there is no such group, or AWS refuses.
    """
    answer: dict[str, Any] = sagemaker.describe_feature_group(FeatureGroupName=group)
    token = answer.get("NextToken")
    while token:
        page = sagemaker.describe_feature_group(FeatureGroupName=group, NextToken=token)
        answer["FeatureDefinitions"] += page["FeatureDefinitions"]
        token = page.get("NextToken")
    return answer


def guard(declared: Iterable[Schema], standing: StandingSchemas) -> None:
    """Refuse what no update can do to the groups that stand.

    Raises:
        SchemaChangeError: a feature is gone or of another type, or the identifier or event time
            is another one; tells everything of every group.
    """
    told = []
    for schema in declared:
        before = standing.of(schema.group)
        if before is not None and (breaks := breaking(before, schema)):
            told.append(refusal(schema.group, breaks))
    if told:
        raise SchemaChangeError("\n\n".join(told))


def breaking(before: Schema, after: Schema) -> list[str]:
    """Return the rules that a change of schema breaks; additions break none."""
    broken = [
        f"{role} must stay {was!r}, got {now!r}"
        for role, was, now in (
            ("record_identifier", before.record_identifier, after.record_identifier),
            ("event_time", before.event_time, after.event_time),
            ("offline_table", before.offline_table, after.offline_table),
        )
        if None not in {was, now} and was != now
    ]
    for feature, kind in before.features.items():
        now_kind = after.features.get(feature)
        if now_kind is None:
            broken.append(f"feature {feature} must stay, got none of that name")
        elif now_kind != kind:
            broken.append(f"feature {feature} must stay {kind}, got {now_kind}")
    return broken


def _table(offline: Mapping[str, Any] | None) -> str | None:
    if offline is None:
        return None
    if offline.get("DisableGlueTableCreation"):
        return "none"
    return "iceberg" if offline.get("TableFormat") == "Iceberg" else "glue"


def refusal(group: str, broken: Sequence[str]) -> str:
    """Return what is wrong with a group's declaration, and the way to have it all the same."""
    return "\n".join(
        [
            f"feature group {group}: {'; '.join(broken)}.",
            "SageMaker adds features to a group and changes nothing else of it; nothing was"
            " touched. Undo the change, or"
            " move to another group:",
            "  1. keep this declaration as it stands and declare a second group beside it, under a"
            " new name, with the schema you want",
            "  2. bring the stack up: the new group stands, empty; the old one serves on",
            "  3. have the feature pipeline write to both, then backfill the new one from the old"
            " one's offline store, by event time",
            "  4. compare the two, then have training, drift and scoring read the new name",
            "  5. when nothing reads the old one, declare it no more, in an update with"
            " deletion_protection off; its Parquet files stay on S3",
            "docs/features.md, 'Removing or retyping a feature', has the commands.",
        ]
    )
