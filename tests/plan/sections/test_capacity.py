"""What stands and what runs start, on real stacks and real pipelines."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.plan._runs import Run, per_month, run
from infra.plan._standing import Standing
from infra.plan.capacity import PIPELINE, compare, read
from infra.plan.render.capacity import markdown
from tests.plan.sections import support

CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"


@pytest.fixture
def base(dev: dict[str, Any]) -> dict[str, Any]:
    return dev


def of_type(resources: dict[str, Any], token: str) -> dict[str, Any]:
    [one] = [one for one in resources.values() if one["type"] == token]
    assert isinstance(one, dict)
    return one


def edited(base: dict[str, Any], edit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    head = copy.deepcopy(base)
    edit(head)
    return head


def run_of(resources: dict[str, Any], pipeline: str) -> Run:
    [one] = [one for one in read(resources).runs if one.pipeline.endswith(f"-{pipeline}")]
    return one


def test_a_stack_beside_itself_is_no_change(base: dict[str, Any]) -> None:
    section = compare(base, copy.deepcopy(base))
    assert not section
    assert markdown(section) == ""
    assert section.head.unknown == ()


def test_what_stands_is_counted_with_its_zones_and_shards(base: dict[str, Any]) -> None:
    counted = {(one.kind, one.size): one.count for one in read(base).standing}
    assert counted["endpoint", "ml.m5.large"] == 1
    assert counted["tracking server", "Small"] == 1
    assert counted["stream", "shard"] == 1
    zones = [one.count for one in read(base).standing if one.kind == "interface endpoint"]
    assert zones == [2] * 8


def test_gpus_that_come_to_stand_are_told_in_hours_a_month(base: dict[str, Any]) -> None:
    def edit(head: dict[str, Any]) -> None:
        [variant] = of_type(head, CONFIGURATION)["inputs"]["productionVariants"]
        variant |= {"instanceType": "ml.g5.12xlarge", "initialInstanceCount": 2}

    section = compare(base, edited(base, edit))
    [change] = section.standing
    assert change.new is not None
    assert (change.new.count, change.new.gpus) == (2, 4)
    assert section.now.gpu_hours_standing == 2 * 4 * 730
    assert "GPU-hours standing a month 0 → 5840" in markdown(section)


def test_autoscaling_s_limits_are_the_least_and_the_most(base: dict[str, Any]) -> None:
    def edit(head: dict[str, Any]) -> None:
        head["target"] = {
            "type": "aws:appautoscaling/target:Target",
            "name": "scaling",
            "inputs": {
                "resourceId": "endpoint/flights-dev-flights/variant/live",
                "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
                "minCapacity": 2,
                "maxCapacity": 8,
            },
        }

    section = compare(base, edited(base, edit))
    [change] = section.standing
    assert change.new is not None
    assert (change.new.count, change.new.most) == (2, 8)
    assert "1 instance → 2 instances (up to 8) serving" in markdown(section)


@pytest.mark.parametrize(
    ("variant", "key", "told"),
    [
        (
            {"serverlessConfig": {"memorySizeInMb": 2048, "maxConcurrency": 5}},
            "productionVariants",
            ("serverless endpoint", "2048 MB", 0, 5),
        ),
        (
            {"instanceType": "ml.m5.xlarge", "initialInstanceCount": 3},
            "shadowProductionVariants",
            ("shadow", "ml.m5.xlarge", 3, 3),
        ),
    ],
)
def test_variants_of_each_kind_are_told_apart(
    base: dict[str, Any], variant: dict[str, Any], key: str, told: tuple[Any, ...]
) -> None:
    def edit(head: dict[str, Any]) -> None:
        named = {"variantName": "other", **variant}
        of_type(head, CONFIGURATION)["inputs"][key] = [named]

    found = [
        (one.kind, one.size, one.count, one.most)
        for one in read(edited(base, edit)).standing
        if one.name.endswith("/other")
    ]
    assert found == [told]


def test_a_configuration_that_no_endpoint_has_costs_nothing(base: dict[str, Any]) -> None:
    def edit(head: dict[str, Any]) -> None:
        spare = copy.deepcopy(of_type(head, CONFIGURATION))
        spare["inputs"]["name"] = "spare"
        head["spare"] = spare

    assert not compare(base, edited(base, edit))


def test_an_endpoint_whose_configuration_is_elsewhere_is_named(base: dict[str, Any]) -> None:
    def edit(head: dict[str, Any]) -> None:
        of_type(head, "aws:sagemaker/endpoint:Endpoint")["inputs"]["endpointConfigName"] = "?"

    assert read(edited(base, edit)).unknown == ("flights-serving-endpoint",)


def test_a_tuning_counts_as_many_trainings_as_its_parameter_s_default(base: dict[str, Any]) -> None:
    jobs = {job.step: job for job in run_of(base, "training").jobs}
    assert (jobs["Tune"].jobs, jobs["Tune"].instance_hours) == (8, 8.0)
    assert jobs["Tune"].spot
    assert jobs["Train"].jobs == 1
    assert run_of(base, "training").unknown == ()


def test_a_transform_has_no_limit_and_says_so(base: dict[str, Any]) -> None:
    jobs = {job.step: job for job in run_of(base, "batch").jobs}
    assert jobs["Transform"].max_hours is None
    assert jobs["Extract"].max_hours == 1
    told = "at most 2 instance-hours, and `Transform` without a limit; 30.4 times a month"
    assert told in markdown(compare({}, base))


def test_schedules_are_counted_a_month(base: dict[str, Any]) -> None:
    assert run_of(base, "drift").per_month == 1
    assert run_of(base, "batch").per_month == 30.4375
    assert run_of(base, "training").per_month is None

    def edit(head: dict[str, Any]) -> None:
        for one in head.values():
            if one["name"] == "flights-drift-schedule":
                one["inputs"]["scheduleExpression"] = "rate(1 day)"

    section = compare(base, edited(base, edit))
    assert "1 times a month → 30.4 times a month" in markdown(section)
    [change] = section.runs
    assert change.new is not None
    assert change.new.schedules == ("rate(1 day)",)


@pytest.mark.parametrize(
    ("expression", "often"),
    [
        ("cron(0 6 ? * MON-FRI *)", 5 * 1461 / 7 / 48),
        ("cron(0/15 8-9 1 * ? *)", 8),
        ("cron(0 0 L * ? *)", 1),
        ("cron(0 0 1 1 ? 1999)", 0),
        ("rate(2 hours)", 365),
        ("rate(0 hours)", None),
        ("at(2026-01-01T00:00:00)", None),
        ("cron(61 6 ? * MON-FRI *)", None),
        ("cron(0 6 * * * *)", None),
        ("cron(", None),
    ],
)
def test_a_schedule_s_times_are_those_of_the_calendar(expression: str, often: float | None) -> None:
    found = per_month(expression)
    assert found == (often if often is None else pytest.approx(often, abs=0.1))


def test_retention_is_told_where_it_changes(base: dict[str, Any]) -> None:
    def edit(head: dict[str, Any]) -> None:
        for one in head.values():
            if one["name"] == "network-flow-logs":
                one["inputs"]["retentionInDays"] = 7

    section = compare(base, edited(base, edit))
    assert "- log group `network-flow-logs`: kept 90 days → kept 7 days" in markdown(section)


def test_a_thousand_resources_are_compared_in_bounded_time(base: dict[str, Any]) -> None:
    many = {
        f"{number}-{urn}": {**one, "name": f"{one['name']}-{number}"}
        for number in range(4)
        for urn, one in base.items()
    }
    assert len(many) > 1000
    began = time.process_time()
    assert not compare(many, copy.deepcopy(many))
    assert time.process_time() - began < 5


KEYS = (
    *(CONFIGURATION, "aws:sagemaker/endpoint:Endpoint", PIPELINE, "aws:kinesis/stream:Stream"),
    *("type", "name", "inputs", "productionVariants", "instanceType", "initialInstanceCount"),
    *("endpointConfigName", "pipelineDefinition", "Steps", "Arguments", "ResourceConfig"),
    *("InstanceType", "InstanceCount", "StoppingCondition", "MaxRuntimeInSeconds", "ml.g5.xlarge"),
    *("Get", "Parameters.A", "Parameters", "DefaultValue", "cron(0 0 ? * 1#9 *)", "99999999999"),
    *("aws:scheduler/schedule:Schedule", "target", "input", "scheduleExpression", "rules", "A"),
)
RESOURCES = st.dictionaries(
    support.words("urn"),
    st.fixed_dictionaries(
        {
            "type": support.words(*KEYS),
            "name": support.json(*KEYS),
            "inputs": support.json(*KEYS),
        }
    ),
    max_size=3,
)


@settings(max_examples=40, deadline=None)
@given(base=RESOURCES, head=RESOURCES, steps=support.json(*KEYS))
def test_any_json_gives_a_section_that_can_be_written(base: Any, head: Any, steps: Any) -> None:
    inputs = {"pipelineName": "p", "pipelineDefinition": json.dumps({"Steps": steps})}
    head["p"] = {"type": PIPELINE, "name": "p", "inputs": inputs}
    head["s"] = {
        "type": "aws:sagemaker/endpoint:Endpoint",
        "name": "s",
        "inputs": {"name": "s", "endpointConfigName": "s"},
    }
    head["c"] = {
        "type": CONFIGURATION,
        "name": "c",
        "inputs": {"name": "s", "productionVariants": steps},
    }
    section = compare(base, head)
    json.dumps(asdict(section), ensure_ascii=False).encode()
    support.assert_harmless(markdown(section))
    assert not compare(head, copy.deepcopy(head))


def test_namesakes_are_paired_in_order() -> None:
    stream = {
        "type": "aws:kinesis/stream:Stream",
        "name": "s",
        "inputs": {"shardCount": 1},
    }
    more = {**stream, "inputs": {"shardCount": 2}}
    section = compare({"a": stream, "b": stream}, {"a": stream, "b": more})
    [change] = section.standing
    assert isinstance(change.new, Standing)
    assert change.new.count == 2


def test_a_warm_pool_is_paid_after_its_job_as_well() -> None:
    training = {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 2,
                "KeepAlivePeriodInSeconds": 1800,
            },
        },
    }
    (job,) = run("p", {"Steps": [training]}, {}).jobs
    assert (job.max_hours, job.instance_hours) == (1.5, 3.0)


def test_a_schedule_that_is_off_starts_nothing(base: dict[str, Any]) -> None:
    def edit(head: dict[str, Any]) -> None:
        for one in head.values():
            if one["type"] == "aws:scheduler/schedule:Schedule":
                one["inputs"] = {**one["inputs"], "state": "DISABLED"}

    assert run_of(base, "batch").per_month
    assert run_of(edited(base, edit), "batch").per_month == 0


@pytest.mark.parametrize(("status", "least", "most"), [("ENABLED", 1, 6), ("DISABLED", 2, 2)])
def test_a_variant_s_own_scaling_counts_while_it_is_on(
    base: dict[str, Any], status: str, least: int, most: int
) -> None:
    def edit(head: dict[str, Any]) -> None:
        [variant] = of_type(head, CONFIGURATION)["inputs"]["productionVariants"]
        scaling = {"status": status, "minInstanceCount": 1, "maxInstanceCount": 6}
        variant |= {"initialInstanceCount": 2, "managedInstanceScaling": scaling}

    [one] = [one for one in read(edited(base, edit)).standing if one.kind == "endpoint"]
    assert (one.count, one.most) == (least, most)
