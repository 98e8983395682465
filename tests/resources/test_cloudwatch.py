"""Alarms, dashboards, log groups."""

from __future__ import annotations

import json

from infra.resources.clients import EndpointClients
from infra.resources.cloudwatch import TYPES
from tests.resources.types import assert_lives, of, stand

ALARM = of(TYPES, "aws:cloudwatch/metricAlarm:MetricAlarm")
COMPOSITE = of(TYPES, "aws:cloudwatch/compositeAlarm:CompositeAlarm")
DASHBOARD = of(TYPES, "aws:cloudwatch/dashboard:Dashboard")
LOGS = of(TYPES, "aws:cloudwatch/logGroup:LogGroup")

DRIFT = {
    "alarmActions": ["arn:aws:sns:us-east-1:123456789012:news"],
    "alarmDescription": "Weather drifts",
    "comparisonOperator": "GreaterThanThreshold",
    "datapointsToAlarm": 1,
    "dimensions": {"Stack": "flights-sandbox", "FeatureGroup": "weather"},
    "evaluationPeriods": 1,
    "metricName": "FeatureDrift",
    "namespace": "MLOps",
    "period": 86400,
    "statistic": "Maximum",
    "tags": {"team": "flights"},
    "threshold": 0.2,
    "treatMissingData": "notBreaching",
}


def test_an_alarm_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    assert_lives(stand(ALARM, aws, "drift", DRIFT))


def test_a_changed_alarm_takes_the_change(aws: EndpointClients) -> None:
    standing = stand(ALARM, aws, "changing", DRIFT)
    changed = standing.changed(threshold=0.3, tags={"team": "vision"})
    assert changed.id == standing.id
    assert changed.outputs["threshold"] == 0.3
    assert changed.outputs["tags"] == {"team": "vision"}


def test_an_alarm_over_metric_math_keeps_its_queries(aws: EndpointClients) -> None:
    metric = {
        "metricName": "Invocation5XXErrors",
        "namespace": "AWS/SageMaker",
        "period": 60,
        "stat": "Sum",
        "dimensions": {"EndpointName": "flights"},
    }
    declared = {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 2,
        "threshold": 0.01,
        "metricQueries": [
            {"id": "errors", "metric": metric, "returnData": False},
            {"id": "rate", "expression": "errors / 10", "label": "Rate", "returnData": True},
        ],
    }
    standing = stand(ALARM, aws, "rate", declared)
    held = aws("cloudwatch").describe_alarms(AlarmNames=[standing.id])["MetricAlarms"][0]
    queries = {query["Id"]: query for query in held["Metrics"]}
    assert queries["rate"]["Expression"] == "errors / 10"
    assert queries["errors"]["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "EndpointName", "Value": "flights"}
    ]
    assert_lives(standing)


def test_an_alarm_of_alarms_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    one = stand(ALARM, aws, "one", DRIFT)
    declared = {"alarmName": "any", "alarmRule": f'ALARM("{one.id}")', "tags": {"a": "b"}}
    assert_lives(stand(COMPOSITE, aws, "any", declared))


def test_a_dashboard_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    body = json.dumps({"widgets": []})
    declared = {"dashboardName": "flights", "dashboardBody": body}
    assert_lives(stand(DASHBOARD, aws, "flights", declared))


def test_a_log_group_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    declared = {
        "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k",
        "retentionInDays": 30,
        "tags": {"team": "flights"},
    }
    standing = stand(LOGS, aws, "builds", declared)
    assert not standing.outputs["arn"].endswith("*")
    assert_lives(standing)


def test_a_log_group_without_retention_keeps_for_ever_again(aws: EndpointClients) -> None:
    standing = stand(LOGS, aws, "forever", {"retentionInDays": 30})
    standing.changed(retentionInDays=None)
    groups = aws("logs").describe_log_groups(logGroupNamePrefix=standing.id)["logGroups"]
    assert "retentionInDays" not in groups[0]
