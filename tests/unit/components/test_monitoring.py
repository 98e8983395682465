from __future__ import annotations

import json

import pytest

from components.batch_scoring import BatchScoring
from components.drift_monitor import DriftMonitor
from components.retraining_gate import RetrainingGate
from tests.unit.components.support import RULE, SAGEMAKER, allowed, args, declare

STACK = {"Stack": "test", "UseCase": "late"}


def test_each_measurement_has_an_alarm_with_its_own_limit() -> None:
    graph = declare(DriftMonitor)
    alarms = {
        one.inputs["name"]: (
            one.inputs["metricName"],
            one.inputs["dimensions"],
            one.inputs["threshold"],
        )
        for one in graph.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    }
    assert alarms == {
        "late-feature-drift-weather": ("FeatureDrift", STACK | {"FeatureGroup": "weather"}, 0.2),
        "late-feature-drift-request": ("FeatureDrift", STACK | {"FeatureGroup": "request"}, 0.2),
        "late-prediction-drift": ("PredictionDrift", STACK, 0.3),
        "late-auc-drop": ("AucDrop", STACK, 0.05),
        "late-data-quality": ("DataQualityViolations", STACK, 0),
    }


def test_an_alarm_ends_when_a_day_brings_no_measurement() -> None:
    alarm = declare(DriftMonitor)["it-auc-drop"].inputs
    assert (alarm["treatMissingData"], alarm["period"]) == ("notBreaching", 86400)
    assert (alarm["evaluationPeriods"], alarm["datapointsToAlarm"]) == (1, 1)


def test_the_event_rule_hears_these_alarms_and_no_others() -> None:
    pattern = json.loads(declare(DriftMonitor)["it-alarms"].inputs["eventPattern"])
    assert pattern["detail"] == {
        "alarmName": [
            "late-feature-drift-weather",
            "late-feature-drift-request",
            "late-prediction-drift",
            "late-auc-drop",
            "late-data-quality",
        ],
        "state": {"value": ["ALARM"]},
    }


def test_the_detector_runs_by_the_clock() -> None:
    graph = declare(DriftMonitor)
    schedule = graph["it-schedule"].inputs
    assert schedule["scheduleExpression"] == "rate(1 day)"
    assert json.loads(schedule["target"]["input"])["PipelineName"] == "late-drift"
    may = allowed(graph, "it-starter-policy")
    assert may["sagemaker:StartPipelineExecution"] == [f"{SAGEMAKER}:pipeline/late-drift"]


def test_a_monitor_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="feature_groups must name one group or more, got none"):
        args(DriftMonitor, feature_groups=[])


def test_the_gate_decides_one_event_at_a_time() -> None:
    assert declare(RetrainingGate)["it-function"].inputs["reservedConcurrentExecutions"] == 1


def test_the_gate_is_told_its_rules() -> None:
    variables = declare(RetrainingGate)["it-function"].inputs["environment"]["variables"]
    assert variables == {
        "STACK": "test",
        "USE_CASE": "late",
        "TRAINING_PIPELINE": "late-training",
        "MODEL_PACKAGE_GROUP": "late",
        "DECISIONS_TABLE": "it-decisions",
        "RAW_BUCKET": "raw",
        "LABELS_PREFIX": "labels/late/",
        "DATA_QUALITY_ALARM": "late-data-quality",
        "COOL_DOWN_HOURS": "24",
        "BUDGET_RETRAININGS": "3",
        "BUDGET_WINDOW_DAYS": "30",
        "MIN_NEW_LABELS": "100",
        "RETRAIN_ON_NEW_DATA": "true",
    }


def test_the_gate_hears_alarms_and_new_data() -> None:
    graph = declare(RetrainingGate)
    pattern = json.loads(graph["it-new-data"].inputs["eventPattern"])
    assert pattern["detail"] == {
        "pipelineArn": [f"{SAGEMAKER}:pipeline/late-features"],
        "currentPipelineExecutionStatus": ["Succeeded"],
    }
    rules = {one.inputs["rule"] for one in graph.of_type("aws:cloudwatch/eventTarget:EventTarget")}
    assert rules == {"r", "it-new-data"}


def test_the_gate_hears_the_clock_where_a_schedule_is_set() -> None:
    graph = declare(RetrainingGate, schedule="rate(7 days)")
    assert graph["it-clock"].inputs["scheduleExpression"] == "rate(7 days)"
    assert graph["it-clock-target"].inputs["rule"] == "it-clock"


def test_no_rule_but_its_own_calls_the_gate() -> None:
    assert declare(RetrainingGate)["it-alarm-permission"].inputs["sourceArn"] == RULE


def test_the_gate_may_start_training_and_write_decisions_and_change_nothing_else() -> None:
    may = allowed(declare(RetrainingGate), "it-policy")
    assert may["dynamodb:PutItem"] == ["arn:aws:mock:us-east-1:123456789012:it-decisions"]
    assert may["sagemaker:StartPipelineExecution"] == [f"{SAGEMAKER}:pipeline/late-training"]
    assert may["s3:GetObject"] == ["arn:aws:s3:::raw/labels/late/*"]
    changing = ("Put", "Create", "Update", "Delete", "Start", "Send")
    assert {one for one in may if one.partition(":")[2].startswith(changing)} == {
        "dynamodb:PutItem",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sagemaker:StartPipelineExecution",
        "sqs:SendMessage",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }


def test_decisions_are_kept_by_use_case_and_time() -> None:
    table = declare(RetrainingGate)["it-decisions"]
    assert (table.inputs["hashKey"], table.inputs["rangeKey"]) == ("use_case", "decided_at")
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
    assert table.inputs["deletionProtectionEnabled"] is True
    assert table.protect


def test_batches_are_scored_by_the_clock_for_the_time_that_it_tells() -> None:
    graph = declare(BatchScoring, schedule="cron(0 4 * * ? *)")
    schedule = graph["it-schedule"].inputs
    assert schedule["scheduleExpression"] == "cron(0 4 * * ? *)"
    assert json.loads(schedule["target"]["input"])["PipelineParameters"] == [
        {"Name": "AsOf", "Value": "<aws.scheduler.scheduled-time>"}
    ]
    may = allowed(graph, "it-starter-policy")
    assert may["sagemaker:StartPipelineExecution"] == [f"{SAGEMAKER}:pipeline/late-batch"]


@pytest.mark.parametrize("hours", [0, 169])
def test_an_alarm_that_cloudwatch_cannot_look_back_for_is_refused(hours: int) -> None:
    with pytest.raises(ValueError, match=f"overdue_hours must be 1-168, got {hours}"):
        args(BatchScoring, overdue_hours=hours)
