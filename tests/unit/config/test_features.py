from __future__ import annotations

import pytest
from pydantic import ValidationError

from stacks.features import Features


def test_one_machine_makes_features_unless_a_stack_says_otherwise() -> None:
    assert Features() == Features(engine="pandas", instance_type=None, instance_count=1)


def test_several_instances_without_spark_are_refused() -> None:
    with pytest.raises(ValidationError, match="must be 1 unless engine is spark"):
        Features(instance_count=2)


def test_spark_may_have_several_instances() -> None:
    assert Features(engine="spark", instance_count=4).instance_count == 4


def test_an_instance_type_that_processing_does_not_offer_is_refused() -> None:
    with pytest.raises(ValidationError, match="must be an instance type that SageMaker offers"):
        Features(engine="spark", instance_type="ml.m5.huge")
