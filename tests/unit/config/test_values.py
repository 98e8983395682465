from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from stacks._instances import instance_types
from stacks._schedule import schedule


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 6 1 * ? *)",
        "cron(0/15 8-18 ? * MON-FRI *)",
        "cron(0 0 L * ? 2026,2027)",
        "cron(0 12 3W JAN,JUN ? *)",
        "cron(0 0 ? * 2#1 *)",
        "rate(1 hour)",
        "rate(7 days)",
    ],
)
def test_a_schedule_that_eventbridge_takes_is_taken(expression: str) -> None:
    assert schedule(expression) == expression


@pytest.mark.parametrize(
    "expression",
    [
        "0 6 1 * *",
        "cron(0 6 1 * * *)",
        "cron(0 6 ? * ? *)",
        "cron(60 6 1 * ? *)",
        "cron(0 6 1 13 ? *)",
        "cron(0 6 1 * ? 1969)",
        "cron(0 6 ? * MO *)",
        "cron(0/0 6 1 * ? *)",
        "cron(0  6 1 * ? *)",
        "rate(1 hours)",
        "rate(0 days)",
        "rate(2 weeks)",
    ],
)
def test_a_schedule_that_eventbridge_refuses_is_refused(expression: str) -> None:
    with pytest.raises(PydanticCustomError):
        schedule(expression)


def test_endpoints_may_stand_on_the_gpus_of_today() -> None:
    offered = instance_types("ProductionVariantInstanceType")
    assert {"ml.g5.xlarge", "ml.g6e.xlarge", "ml.p5.48xlarge"} <= offered


def test_what_may_train_is_not_what_may_serve() -> None:
    assert "ml.t2.medium" in instance_types("ProductionVariantInstanceType")
    assert "ml.t2.medium" not in instance_types("TrainingInstanceType")
