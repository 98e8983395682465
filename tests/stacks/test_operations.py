"""Every alarm tells somebody and leads to its runbook; every dashboard can be read."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from infra.graph.model import ResourceGraph
from stacks.names import stacks
from tests.stacks import support

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks.md"
every_stack = pytest.mark.parametrize("stack", stacks())


@cache
def standing(stack: str) -> ResourceGraph:
    return support.graph(stack, live=support.package_arn(stack), standing=True)


@every_stack
def test_every_alarm_tells_a_topic_of_its_beginning_and_its_end(stack: str) -> None:
    graph = standing(stack)
    topics = {f"arn:aws:mock:us-east-1:123456789012:alerts-{kind}" for kind in ("urgent", "notice")}
    alarms = graph.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert len(alarms) > 15
    for alarm in alarms:
        assert set(alarm.inputs["alarmActions"]) <= topics, alarm.name
        assert len(alarm.inputs["alarmActions"]) == 1, alarm.name
        assert alarm.inputs["okActions"] == alarm.inputs["alarmActions"], alarm.name
        assert alarm.inputs["name"].startswith(stack), alarm.name


@every_stack
def test_every_alarm_leads_to_a_section_of_the_runbooks(stack: str) -> None:
    sections = set(re.findall(r"^## ([a-z-]+)$", RUNBOOKS.read_text(), re.MULTILINE))
    named = {
        alarm.inputs["alarmDescription"].rpartition("#")[2]
        for alarm in standing(stack).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    }
    assert named <= sections


def test_every_runbook_has_an_alarm_somewhere() -> None:
    sections = set(re.findall(r"^## ([a-z-]+)$", RUNBOOKS.read_text(), re.MULTILINE))
    named = {
        alarm.inputs["alarmDescription"].rpartition("#")[2]
        for stack in stacks()
        for alarm in standing(stack).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    }
    # Neither has an alarm: a budget notifies, and a pipeline's failure is an event.
    assert sections == named | {"budget", "revision-stopped"}


@every_stack
def test_what_callers_notice_is_told_at_once(stack: str) -> None:
    urgent = {
        alarm.name
        for alarm in standing(stack).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if alarm.inputs["alarmActions"][0].endswith("urgent")
    }
    for use_case in support.use_cases(stack):
        assert {
            f"{use_case}-serving-errors",
            f"{use_case}-serving-latency",
            f"{use_case}-scoring-scorer-errors",
            f"{use_case}-delivery-failed",
            f"{use_case}-drift-data-quality",
        } <= urgent
    assert not [name for name in urgent if name.endswith("-drop")]


@every_stack
def test_dashboards_show_the_team_and_each_model_without_overlap(stack: str) -> None:
    boards = standing(stack).of_type("aws:cloudwatch/dashboard:Dashboard")
    models = {f"{stack}-{use_case}" for use_case in support.use_cases(stack)}
    assert {board.inputs["dashboardName"] for board in boards} == {stack, *models}
    for board in boards:
        widgets = json.loads(board.inputs["dashboardBody"])["widgets"]
        assert len(widgets) > 4
        for one, other in combinations(widgets, 2):
            assert not overlap(one, other), (board.name, one, other)
        assert all(widget["x"] + widget["width"] <= 24 for widget in widgets)


@every_stack
def test_a_dashboard_draws_the_metrics_that_alarm(stack: str) -> None:
    graph = standing(stack)
    boards = graph.of_type("aws:cloudwatch/dashboard:Dashboard")
    shown = {
        (metric[0], metric[1])
        for board in boards
        if board.inputs["dashboardName"] != stack
        for widget in json.loads(board.inputs["dashboardBody"])["widgets"]
        for metric in widget["properties"].get("metrics", ())
    }
    alarmed = {
        (alarm.inputs["namespace"], alarm.inputs["metricName"])
        for alarm in graph.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if alarm.inputs["namespace"] in {"AWS/SageMaker", "MLOps", "AWS/Lambda"}
    }
    assert alarmed <= shown


def test_only_a_stack_that_costs_has_a_budget_and_dev_stops_by_itself() -> None:
    def actions(stack: str) -> list[str]:
        found = standing(stack).of_type("aws:budgets/budgetAction:BudgetAction")
        return [one.inputs["approvalModel"] for one in found]

    budgets = {s: len(standing(s).of_type("aws:budgets/budget:Budget")) for s in stacks()}
    assert budgets == {stack: int(not stack.endswith("-sandbox")) for stack in stacks()}
    for stack in stacks():
        stops = {"dev": ["AUTOMATIC"], "staging": ["MANUAL"]}
        assert actions(stack) == stops.get(stack.partition("-")[2], [])


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "width"), ("y", "height"))
    )
