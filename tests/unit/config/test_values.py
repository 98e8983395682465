from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from infra.instances import table
from stacks._instances import TABLE, facts, has_local_storage, instance_types
from stacks._schedule import schedule
from stacks.compute import Training


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


def test_the_committed_table_of_instances_is_what_the_sources_say() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "run: python -m infra.instances"


def test_the_table_knows_what_nearly_every_type_that_trains_is_made_of() -> None:
    unknown = {name for name in instance_types("TrainingInstanceType") if facts(name) is None}
    assert {name.split(".")[1] for name in unknown} <= {"p2", "p3", "p6e-gb200"}


@pytest.mark.parametrize(
    ("instance_type", "kind", "count", "local_storage"),
    [
        ("ml.m5.xlarge", "", 0, False),
        ("ml.g5.12xlarge", "gpu", 4, True),
        ("ml.p5.48xlarge", "gpu", 8, True),
        ("ml.trn1.32xlarge", "neuron", 16, True),
    ],
)
def test_accelerators_and_disks_are_known(
    instance_type: str, kind: str, count: int, *, local_storage: bool
) -> None:
    known = facts(instance_type)
    assert known is not None
    assert (known.accelerator, known.accelerators) == (kind, count)
    assert has_local_storage(instance_type) is local_storage


def test_a_type_without_a_row_is_asked_for_a_disk() -> None:
    """``ml.p3`` has no disk of its own, and EC2 does not describe it any more."""
    assert facts("ml.p3.2xlarge") is None
    assert Training(instance_type="ml.p3.2xlarge").disk_gib == 30


def test_what_is_left_out_follows_from_the_rest() -> None:
    gpu = Training(instance_type="ml.g5.xlarge", use_spot=True, max_seconds=600)
    assert (gpu.disk_gib, gpu.wait_seconds) == (None, 1200)
    on_demand = Training(instance_type="ml.m5.xlarge", volume_gib=200)
    assert (on_demand.disk_gib, on_demand.wait_seconds) == (200, None)
