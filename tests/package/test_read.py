"""Inputs that cannot be are told with their path, their rule and their value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.artifact_store import ArtifactStoreArgs
from components.code import FunctionCode
from components.cost_budget import CostBudgetArgs
from components.delivery_pipeline import DeliveryPipelineArgs
from components.encryption_key import EncryptionKeyArgs
from components.feature_store import FeatureStore, FeatureStoreArgs
from components.model_endpoint import ModelEndpointArgs
from components.studio_domain import StudioDomainArgs
from infra.package.construct import declared
from infra.package.read import read
from tests import pretend
from tests.package.plain import plain
from tests.unit.components.support import ARGS, TAGS, args

STORE = plain(args(FeatureStore))
GROUP = STORE["groups"][0]


def faults(kind: type, sent: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(pulumi.InputPropertiesError) as told:
        read(kind, sent)
    assert told.value.errors is not None
    return {one["property_path"]: one["reason"] for one in told.value.errors}


@pytest.mark.parametrize("component", ARGS, ids=lambda one: one.__name__)
def test_what_is_sent_is_read_as_the_dataclass_that_it_was(
    component: type[pulumi.ComponentResource],
) -> None:
    meant = args(component)
    assert read(type(meant), plain(meant)) == meant


def test_lists_and_files_are_read_as_what_python_has_for_them() -> None:
    sent = {**plain(args_of("EncryptionKey")), "services": ["logs", "events"]}
    assert read(EncryptionKeyArgs, sent).services == ("logs", "events")
    code = read(FunctionCode, {"handler": "a.b", "files": {"a.py": "src/a.py"}})
    assert code.files == {"a.py": Path("src/a.py")}


def test_keys_of_a_map_are_read_in_one_order_however_they_were_sent() -> None:
    turned = {**GROUP, "features": dict(sorted(GROUP["features"].items(), reverse=True))}
    (group,) = read(FeatureStoreArgs, {**STORE, "groups": [turned]}).groups
    assert list(group.features) == sorted(GROUP["features"])


def test_a_truth_is_no_number() -> None:
    assert faults(CostBudgetArgs, {**plain(args_of("CostBudget")), "monthlyUsd": True}) == {
        "monthlyUsd": "monthlyUsd must be a number, got True"
    }


def test_every_fault_is_told_at_once() -> None:
    sent = {**STORE, "prefix": 5, "prefx": "p", "deletionProtection": "no", "groups": "weather"}
    del sent["bucket"]
    found = faults(FeatureStoreArgs, sent)
    assert found.pop("prefx").startswith("prefx must be one of ['bucket', ")
    assert found == {
        "bucket": "bucket must be given, got nothing",
        "prefix": "prefix must be text, got 5",
        "deletionProtection": "deletionProtection must be true or false, got 'no'",
        "groups": "groups must be a list, got 'weather'",
    }


def test_a_fault_within_is_told_with_its_path() -> None:
    group = {**GROUP, "eventTime": 7, "features": {"hour": 1}}
    assert faults(FeatureStoreArgs, {**STORE, "groups": [GROUP, group]}) == {
        "groups[1].eventTime": "eventTime must be text, got 7",
        "groups[1].features.hour": "hour must be text, got 1",
    }


def test_a_rule_of_the_component_is_told_under_the_callers_names() -> None:
    both = {"tags": TAGS, "deletionProtection": True, "forceDestroy": True}
    assert faults(ArtifactStoreArgs, both) == {
        "forceDestroy": "forceDestroy must be false with deletionProtection, got true"
    }
    low = plain(args_of("ModelEndpoint"))["variants"][0] | {"minInstanceCount": 9}
    within = faults(ModelEndpointArgs, {**plain(args_of("ModelEndpoint")), "variants": [low]})
    assert list(within) == ["variants[0].initialInstanceCount"]


def test_a_word_must_be_one_of_the_few() -> None:
    assert faults(FeatureStoreArgs, {**STORE, "offlineTable": "parquet"}) == {
        "offlineTable": "offlineTable must be one of ('none', 'glue', 'iceberg'), got 'parquet'"
    }
    domain = {**plain(args_of("StudioDomain")), "roleArns": {"pilot": "arn"}}
    (told,) = faults(StudioDomainArgs, domain).values()
    assert told.startswith("roleArns must be a mapping of ('business_stakeholder', ")


@pytest.mark.parametrize(
    "sent", [{}, {"conection": {}}, "connection", {"connection": {}, "sourceObject": {}}]
)
def test_one_of_several_objects_must_be_exactly_one(sent: Any) -> None:
    pipeline = {**plain(args_of("DeliveryPipeline")), "source": sent}
    (told,) = faults(DeliveryPipelineArgs, pipeline).values()
    assert told.startswith(
        "source must be an object with one of ['connection', 'sourceObject'], got "
    )


def test_what_must_be_known_beforehand_is_neither_computed_nor_secret() -> None:
    def program() -> None:
        secret = pulumi.Output.secret("hunter2")
        found = faults(FeatureStoreArgs, {**STORE, "prefix": secret, "bucket": secret})
        rule = "known before anything is made, and no secret"
        assert found == {"prefix": f"prefix must be {rule}, got what AWS computes"}

    pretend.stand(program)


def test_a_tag_that_is_missing_is_told_as_an_input_and_nothing_is_declared() -> None:
    def program() -> None:
        with pytest.raises(pulumi.InputPropertiesError) as told:
            declared("it", "mlops:index:FeatureStore", {**STORE, "tags": {"team": "t"}})
        assert told.value.errors is not None
        (fault,) = told.value.errors
        assert fault["property_path"] == "tags"
        assert "tags must hold ['environment'" in fault["reason"]

    assert [one.type for one in pretend.stand(program).resources.values()] == [
        "mlops:index:FeatureStore"
    ]


def args_of(component: str) -> Any:
    return args(next(one for one in ARGS if one.__name__ == component))
