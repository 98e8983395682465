from __future__ import annotations

from typing import Any

import pytest

from infra.graph.model import UNKNOWN
from infra.resources._walk import operation
from infra.resources.api_model import faults
from infra.resources.row import Row
from infra.resources.table import table

VARIANT: dict[str, Any] = {
    "VariantName": "live",
    "ModelName": "late",
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}
CONFIG: dict[str, Any] = {"EndpointConfigName": "late", "ProductionVariants": [VARIANT]}


def told(
    request: dict[str, Any], service: str = "sagemaker", call: str = "CreateEndpointConfig"
) -> list[str]:
    return [str(fault) for fault in faults(operation(service, call).input_shape, request)]


def variant(**changes: Any) -> dict[str, Any]:
    return {**CONFIG, "ProductionVariants": [{**VARIANT, **changes}]}


def test_a_request_that_aws_takes_has_no_fault() -> None:
    assert not told(CONFIG)


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        ({"EndpointConfigName": "late"}, "ProductionVariants must be given, got None"),
        (variant(InstanceType="ml.m5.lagre"), "[0].InstanceType must be one of AWS's"),
        (variant(InstanceType="ml.m5.lagre"), "close: ['ml.m5.large'"),
        (variant(InitialInstanceCount="1"), "[0].InitialInstanceCount must be of type integer"),
        (variant(InitialInstanceCount=0), "[0].InitialInstanceCount must be at least 1, got 0"),
        (variant(InitialInstanceCount=True), "[0].InitialInstanceCount must be of type integer"),
        (variant(InitialVarientWeight=1), "is no member, close: ['InitialVariantWeight'"),
        (variant(VariantName="a b"), "[0].VariantName must match"),
        ({**CONFIG, "EndpointConfigName": "l" * 64}, "EndpointConfigName must be at most 63"),
        ({**CONFIG, "ProductionVariants": []}, "ProductionVariants must be at least 1 items"),
        ({**CONFIG, "ProductionVariants": "live"}, "ProductionVariants must be a list, got 'live'"),
        ({**CONFIG, "ProductionVariants": ["live"]}, "ProductionVariants[0] must be a structure"),
    ],
)  # fmt: skip
def test_a_request_that_aws_refuses_is_told_with_member_rule_and_value(
    request_: dict[str, Any], fault: str
) -> None:
    assert any(fault in one for one in told(request_)), told(request_)


def test_what_only_aws_will_know_fits_everywhere() -> None:
    assert not told({"EndpointConfigName": UNKNOWN, "ProductionVariants": UNKNOWN})
    assert not told(variant(InstanceType=UNKNOWN, InitialInstanceCount=UNKNOWN))


def test_a_token_that_botocore_makes_up_need_not_be_given() -> None:
    pipeline = {"PipelineName": "p", "RoleArn": "arn:aws:iam::123456789012:role/pipeline"}
    assert not told(pipeline, call="CreatePipeline")


def test_a_long_value_is_shown_shortened() -> None:
    (fault,) = told({**CONFIG, "EndpointConfigName": "l" * 500})[:1]
    assert len(fault) < 200


@pytest.mark.parametrize(
    "kind",
    [kind for kind in table().values() if isinstance(kind, Row)],
    ids=lambda kind: kind.token,
)
def test_a_type_that_creates_in_its_own_way_says_what_it_sends(kind: Row) -> None:
    if type(kind).create is not Row.create:
        assert type(kind).requests is not Row.requests
