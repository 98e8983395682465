"""Types of this project's own provider: what pulumi-aws would replace a resource for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.feature_schemas import Schema, breaking, describe, refusal
from infra.resources._waiting import wait_until_settled
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.row import Row

ADDITIONS: Final = 100
"""Features that one UpdateFeatureGroup takes."""
_INPUTS: Final = (
    "featureGroupName",
    "featureGroupArn",
    "recordIdentifierFeatureName",
    "eventTimeFeatureName",
    "featureDefinitions",
)


class _FeatureDefinitions(Row):
    """``mlops:index:FeatureDefinitions``: the features of a standing group; its id is the name.

    Nothing is made and nothing deleted: what the group lacks is added, and goes with the group.
    """

    def check(self, name: str, inputs: Properties, old: Properties | None = None) -> dict[str, Any]:
        """Return the inputs, features by name.

        Raises:
            InputError: an input is missing or unknown, or a feature of ``old`` would go or change.
        """
        checked = super().check(name, inputs, old)
        checked["featureDefinitions"] = _by_name(checked["featureDefinitions"])
        if old and old.get("featureGroupName") == checked["featureGroupName"]:
            broken = breaking(_schema(old), _schema(checked))
            if broken:
                raise InputError(refusal(checked["featureGroupName"], broken))
        return checked

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the call's parameters; an update's are for at most a hundred features."""
        group = {"FeatureGroupName": inputs["featureGroupArn"]}
        if operation_name == self.read_op:
            return group
        return {**group, "FeatureAdditions": _additions(inputs["featureDefinitions"])}

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the calls that would add every feature."""
        for part in _parts(inputs["featureDefinitions"]):
            sent = {**inputs, "featureDefinitions": part}
            yield self.create_op, self.parameters(self.create_op, sent)

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Add what the group lacks.

        Raises:
            InputError: the group has what is not declared, or has it otherwise.
            ClientError: AWS refuses, or the update failed.
        """
        sagemaker, group = aws(self.service), inputs["featureGroupArn"]
        held = describe(sagemaker, group)
        if broken := breaking(Schema.described(held), _schema(inputs)):
            raise InputError(refusal(inputs["featureGroupName"], broken))
        known = {one["FeatureName"] for one in held["FeatureDefinitions"]}
        lacking = [one for one in inputs["featureDefinitions"] if one["featureName"] not in known]
        for part in _parts(lacking):
            sent = {**inputs, "featureDefinitions": part}
            self.call(aws, self.create_op, self.parameters(self.create_op, sent))
            self._settled(aws, group, {one["featureName"] for one in part})
        return Created(id=inputs["featureGroupName"], outputs=dict(inputs))

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:  # noqa: ARG002 - the protocol
        """Add what the group lacks."""
        return self.create(aws, new)

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return the features that the group has, whoever added them; ``None`` without a group."""
        try:
            held = describe(aws(self.service), outputs["featureGroupArn"])
        except ClientError as error:
            if self.is_gone(error):
                return None
            raise
        features = [
            {"featureName": one["FeatureName"], "featureType": one["FeatureType"]}
            for one in held["FeatureDefinitions"]
        ]
        storage = held.get("OfflineStoreConfig", {}).get("S3StorageConfig", {})
        found = {**outputs, "featureDefinitions": _by_name(features)}
        if "offlineStoreUri" in outputs:
            found["offlineStoreUri"] = storage.get("ResolvedOutputS3Uri")
        return Created(id=resource_id, outputs=found)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Leave the group as it is: no feature can be taken away."""

    def _settled(self, aws: Clients, group: str, added: set[str]) -> None:
        def status() -> Mapping[str, Any]:
            held = describe(aws(self.service), group)
            update: Mapping[str, Any] = held.get("LastUpdateStatus") or {"Status": "InProgress"}
            there = {one["FeatureName"] for one in held["FeatureDefinitions"]}
            if update["Status"] == "Successful" and not added <= there:
                return {"Status": "InProgress"}  # it speaks of the update before
            return update

        wait_until_settled(
            status,
            status="Status",
            passing=("InProgress",),
            good=("Successful",),
            operation="UpdateFeatureGroup",
        )


def _by_name(features: Any) -> Any:
    """Sort what AWS lists in its own order and a program in another."""
    return sorted(features, key=lambda one: str(one["featureName"]))


def _parts(features: list[Mapping[str, str]]) -> Iterator[list[Mapping[str, str]]]:
    for start in range(0, len(features), ADDITIONS):
        yield features[start : start + ADDITIONS]


def _additions(features: list[Mapping[str, str]]) -> list[dict[str, str]]:
    return [
        {"FeatureName": one["featureName"], "FeatureType": one["featureType"]} for one in features
    ]


def _schema(inputs: Properties) -> Schema:
    return Schema(
        group=inputs["featureGroupName"],
        record_identifier=inputs["recordIdentifierFeatureName"],
        event_time=inputs["eventTimeFeatureName"],
        features={one["featureName"]: one["featureType"] for one in inputs["featureDefinitions"]},
    )


TYPES: Final = (
    _FeatureDefinitions(
        token="mlops:index:FeatureDefinitions",
        service="sagemaker",
        create_op="UpdateFeatureGroup",
        read_op="DescribeFeatureGroup",
        update_op="UpdateFeatureGroup",
        delete_op="UpdateFeatureGroup",
        key={"FeatureGroupName": "featureGroupArn"},
        id="featureGroupName",
        extra=frozenset({*_INPUTS, "offlineStoreUri"}),
        required=_INPUTS,
        replace_on=frozenset({"featureGroupName", "featureGroupArn"}),
    ),
)
