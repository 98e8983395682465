"""The features of a standing group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.emulator.server import Emulator
from infra.resources.clients import EndpointClients
from infra.resources.handler import InputError
from infra.resources.mlops import TYPES
from tests.resources.types import of, stand

DEFINITIONS = of(TYPES, "mlops:index:FeatureDefinitions")
BASE = {"id": "String", "at": "String", "seats": "Integral"}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    parts = ("credentials", "events", "pipelines", "feature_store")
    with Emulator(workspace=tmp_path_factory.mktemp("workspace"), parts=parts) as running:
        yield running


def group(aws: EndpointClients, name: str) -> str:
    arn: str = aws("sagemaker").create_feature_group(
        FeatureGroupName=name,
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=[{"FeatureName": n, "FeatureType": t} for n, t in BASE.items()],
        OnlineStoreConfig={"EnableOnlineStore": True},
    )["FeatureGroupArn"]
    return arn


def declared(name: str, arn: str, **features: str) -> dict[str, Any]:
    wanted = {**BASE, **features}
    return {
        "featureGroupName": name,
        "featureGroupArn": arn,
        "recordIdentifierFeatureName": "id",
        "eventTimeFeatureName": "at",
        "featureDefinitions": [{"featureName": n, "featureType": t} for n, t in wanted.items()],
    }


def held(aws: EndpointClients, name: str) -> dict[str, str]:
    found = aws("sagemaker").describe_feature_group(FeatureGroupName=name)["FeatureDefinitions"]
    return {one["FeatureName"]: one["FeatureType"] for one in found}


def test_what_was_declared_since_is_added_and_stays_when_the_resource_goes(
    emulator: Emulator, aws: EndpointClients
) -> None:
    arn = group(aws, "grows")
    emulator.settle()
    standing = stand(DEFINITIONS, aws, "d", declared("grows", arn))
    assert held(aws, "grows") == BASE
    more = {f"f{number}": "Fractional" for number in range(130)}
    wanted = DEFINITIONS.check("d", declared("grows", arn, **more), standing.inputs)
    grown = standing.changed(**wanted)
    assert held(aws, "grows") == {**BASE, **more}
    read = grown.read()
    assert read is not None
    assert read.outputs == grown.outputs
    grown.delete()
    assert held(aws, "grows") == {**BASE, **more}
    aws("sagemaker").delete_feature_group(FeatureGroupName="grows")
    assert grown.read() is None


def test_what_would_go_or_change_is_refused_when_it_is_checked() -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/g"
    old = DEFINITIONS.check("d", declared("g", arn, gate="String"))
    with pytest.raises(InputError, match="feature gate must stay, got none"):
        DEFINITIONS.check("d", declared("g", arn), old)
    with pytest.raises(InputError, match="feature seats must stay Integral, got String"):
        DEFINITIONS.check("d", declared("g", arn, gate="String", seats="String"), old)
    identified = {**declared("g", arn, gate="String"), "recordIdentifierFeatureName": "gate"}
    with pytest.raises(InputError, match="record_identifier must stay 'id', got 'gate'"):
        DEFINITIONS.check("d", identified, old)


def test_a_group_that_has_more_than_is_declared_is_left_alone(
    emulator: Emulator, aws: EndpointClients
) -> None:
    arn = group(aws, "otherwise")
    emulator.settle()
    wanted = declared("otherwise", arn)
    fewer = [one for one in wanted["featureDefinitions"] if one["featureName"] != "seats"]
    asked = {
        **wanted,
        "featureDefinitions": [*fewer, {"featureName": "n", "featureType": "String"}],
    }
    with pytest.raises(InputError, match="feature seats must stay"):
        stand(DEFINITIONS, aws, "d", asked)
    assert held(aws, "otherwise") == BASE
