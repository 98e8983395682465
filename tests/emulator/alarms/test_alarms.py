import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.events.harness import Loop

DIMENSIONS = [
    {"Name": "Stack", "Value": "flights-sandbox"},
    {"Name": "UseCase", "Value": "flights"},
]
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    parts = ("credentials", "messaging", "events", "alarms")
    with Emulator(clock_start=datetime(2013, 3, 1, tzinfo=UTC), parts=parts) as running:
        yield running


@pytest.fixture
def loop(emulator: Emulator) -> Loop:
    clock = emulator.context.clock
    # Each test begins at noon, far from what the one before it left in the metrics.
    clock.advance_to(clock.now().replace(hour=12, minute=0, second=0) + 10 * DAY)
    return Loop(emulator)


def put_alarm(loop: Loop, name: str = "drift", **overrides: Any) -> None:
    settings: dict[str, Any] = {
        "AlarmName": name,
        "Namespace": "MLOps",
        "MetricName": "FeatureDrift",
        "Dimensions": DIMENSIONS,
        "Statistic": "Maximum",
        "Period": 86400,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 0.2,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    loop.client("cloudwatch").put_metric_alarm(**(settings | overrides))
    loop.emulator.settle()


def put_data(loop: Loop, value: float, at: datetime | None = None) -> None:
    datum = {
        "MetricName": "FeatureDrift",
        "Dimensions": list(reversed(DIMENSIONS)),
        "Value": value,
        "Timestamp": at or loop.context.clock.now(),
    }
    loop.client("cloudwatch").put_metric_data(Namespace="MLOps", MetricData=[datum])
    loop.emulator.settle()


def state(loop: Loop, name: str = "drift") -> str:
    answer = loop.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    [alarm] = answer["MetricAlarms"] + answer["CompositeAlarms"]
    return str(alarm["StateValue"])


def changes(loop: Loop) -> list[tuple[str, str]]:
    return [
        (entry["event"]["detail"]["alarmName"], entry["event"]["detail"]["state"]["value"])
        for entry in loop.journal()
        if entry["event"]["detail-type"] == "CloudWatch Alarm State Change"
    ]


def test_an_alarm_fires_when_data_arrives_and_anew_after_a_quiet_period(loop: Loop) -> None:
    clock = loop.context.clock
    put_alarm(loop)
    put_data(loop, 0.31)
    assert state(loop) == "ALARM"
    clock.advance_to(clock.now() + DAY)
    assert state(loop) == "ALARM"
    clock.advance_to(clock.now() + DAY)
    assert state(loop) == "OK"
    put_data(loop, 0.31)
    assert changes(loop) == [(("drift"), value) for value in ("OK", "ALARM", "OK", "ALARM")]


def test_a_value_on_the_right_side_leaves_the_alarm_ok(loop: Loop) -> None:
    put_alarm(loop)
    put_data(loop, 0.2)
    assert state(loop) == "OK"


def test_the_event_has_awss_detail(loop: Loop) -> None:
    put_alarm(loop, AlarmDescription="weather drifts")
    put_data(loop, 0.31)
    event = loop.journal()[-1]["event"]
    assert event["source"] == "aws.cloudwatch"
    assert event["resources"] == ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:drift"]
    detail = event["detail"]
    assert detail["previousState"]["value"] == "OK"
    assert detail["state"]["value"] == "ALARM"
    assert json.loads(detail["state"]["reasonData"])["recentDatapoints"] == [0.31]
    [metric] = detail["configuration"]["metrics"]
    assert metric["metricStat"]["stat"] == "Maximum"
    assert metric["metricStat"]["metric"]["dimensions"] == {
        "Stack": "flights-sandbox",
        "UseCase": "flights",
    }


def test_a_point_counts_in_the_period_that_holds_its_timestamp(loop: Loop) -> None:
    put_alarm(loop)
    put_data(loop, 0.9, at=loop.context.clock.now() - 3 * DAY)
    assert state(loop) == "OK"


def test_another_dimension_is_another_series(loop: Loop) -> None:
    put_alarm(loop, Dimensions=DIMENSIONS[:1])
    put_data(loop, 0.9)
    assert state(loop) == "OK"


def test_an_alarm_that_is_put_again_keeps_its_state(loop: Loop) -> None:
    put_alarm(loop)
    put_data(loop, 0.9)
    put_alarm(loop, AlarmDescription="now described")
    assert state(loop) == "ALARM"
    assert changes(loop)[-1] == ("drift", "ALARM")
    assert len(changes(loop)) == 2


def test_an_alarm_without_data_is_insufficient_where_missing_stays_missing(loop: Loop) -> None:
    put_alarm(loop, TreatMissingData="missing")
    assert state(loop) == "INSUFFICIENT_DATA"


def test_an_alarm_on_metric_math_evaluates(loop: Loop) -> None:
    metric = {"Namespace": "MLOps", "MetricName": "FeatureDrift", "Dimensions": DIMENSIONS}
    queries = [
        {
            "Id": "m1",
            "ReturnData": False,
            "MetricStat": {"Metric": metric, "Period": 86400, "Stat": "p90"},
        },
        {"Id": "e1", "Expression": "IF(m1 > 0.5, 1, 0)", "ReturnData": True},
    ]
    loop.client("cloudwatch").put_metric_alarm(
        AlarmName="math",
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    put_data(loop, 0.6)
    assert state(loop, "math") == "ALARM"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"DatapointsToAlarm": 2},
            r"DatapointsToAlarm must be 1 to EvaluationPeriods \(1\), got 2",
        ),
        ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60, got 45"),
        ({"EvaluationPeriods": 8}, "across more than 604800 seconds"),
        ({"TreatMissingData": "zero"}, "zero is not supported"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomaly bands are not emulated"),
    ],
)
def test_an_alarm_that_cloudwatch_would_refuse_is_refused(
    loop: Loop, overrides: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        put_alarm(loop, **overrides)


def test_an_unknown_function_of_metric_math_is_refused_by_name(loop: Loop) -> None:
    query = {"Id": "e1", "Expression": "ANOMALY_DETECTION_BAND(m1)", "ReturnData": True}
    with pytest.raises(ClientError, match="ANOMALY_DETECTION_BAND"):
        loop.client("cloudwatch").put_metric_alarm(
            AlarmName="math",
            Metrics=[query],
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )


@pytest.mark.parametrize("distance", [timedelta(days=-15), timedelta(hours=3)])
def test_data_outside_of_cloudwatchs_window_is_refused(loop: Loop, distance: timedelta) -> None:
    with pytest.raises(ClientError, match="no more than two weeks in the past"):
        put_data(loop, 1.0, at=loop.context.clock.now() + distance)


def test_actions_reach_a_topic_and_a_function_and_the_history(loop: Loop) -> None:
    sns = loop.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = loop.queue("alerts", service="sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    function = loop.function("gate", "lambda.alarms.cloudwatch.amazonaws.com")
    put_alarm(loop, AlarmActions=[topic, function])
    put_data(loop, 0.9)
    [message] = loop.messages("alerts")
    assert json.loads(json.loads(message["Body"])["Message"])["NewStateValue"] == "ALARM"
    assert [call["event"]["alarmData"]["state"]["value"] for call in loop.calls] == ["ALARM"]
    history = loop.client("cloudwatch").describe_alarm_history(
        AlarmName="drift", HistoryItemType="Action"
    )["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in reversed(history)][-2:] == [
        f"Successfully executed action {topic}",
        f"Successfully executed action {function}",
    ]


def test_an_action_that_is_not_emulated_is_recorded_as_failed(loop: Loop) -> None:
    action = "arn:aws:automate:us-east-1:ec2:stop"
    put_alarm(loop, "stopper", AlarmActions=[action])
    put_data(loop, 0.9)
    items = loop.client("cloudwatch").describe_alarm_history(
        AlarmName="stopper", HistoryItemType="Action"
    )["AlarmHistoryItems"]
    assert items[0]["HistorySummary"] == f"Failed to execute action {action}"


def test_disabled_actions_stay_out_while_the_state_still_changes(loop: Loop) -> None:
    function = loop.function("gate", "lambda.alarms.cloudwatch.amazonaws.com")
    put_alarm(loop, AlarmActions=[function], ActionsEnabled=False)
    put_data(loop, 0.9)
    assert state(loop) == "ALARM"
    assert loop.calls == []


def test_a_state_set_by_hand_lasts_until_the_next_evaluation(loop: Loop) -> None:
    put_alarm(loop)
    loop.client("cloudwatch").set_alarm_state(
        AlarmName="drift", StateValue="ALARM", StateReason="a drill"
    )
    assert state(loop) == "ALARM"
    loop.context.clock.advance_to(loop.context.clock.now() + timedelta(minutes=2))
    assert state(loop) == "OK"
    assert [value for _, value in changes(loop)] == ["OK", "ALARM", "OK"]


def test_a_composite_alarm_follows_its_parts_and_holds_them(loop: Loop) -> None:
    cloudwatch = loop.client("cloudwatch")
    put_alarm(loop, "one")
    put_alarm(loop, "two", Threshold=0.5)
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(one) AND ALARM(two)")
    put_data(loop, 0.3)
    assert state(loop, "both") == "OK"
    put_data(loop, 0.6)
    assert state(loop, "both") == "ALARM"
    assert cloudwatch.describe_alarms(AlarmNames=["both"])["CompositeAlarms"] == []
    with pytest.raises(ClientError, match="both depends on it"):
        cloudwatch.delete_alarms(AlarmNames=["one"])
    cloudwatch.delete_alarms(AlarmNames=["both", "one", "two"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_a_composite_alarm_of_an_alarm_that_is_not_there_is_refused(loop: Loop) -> None:
    with pytest.raises(ClientError, match=r"\['gone'\] in the alarm rule do not exist"):
        loop.client("cloudwatch").put_composite_alarm(AlarmName="c", AlarmRule="ALARM(gone)")


def test_a_deleted_alarm_changes_no_more(loop: Loop) -> None:
    clock = loop.context.clock
    put_alarm(loop)
    put_data(loop, 0.9)
    loop.client("cloudwatch").delete_alarms(AlarmNames=["drift"])
    clock.advance_to(clock.now() + 3 * DAY)
    assert [value for _, value in changes(loop)] == ["OK", "ALARM"]


def test_metric_data_reads_back_whatever_the_order_of_dimensions(loop: Loop) -> None:
    put_data(loop, 0.25)
    now = loop.context.clock.now()
    metric = {"Namespace": "MLOps", "MetricName": "FeatureDrift", "Dimensions": DIMENSIONS}
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 86400, "Stat": "Maximum"}}
    answer = loop.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(hours=1), EndTime=now + DAY
    )
    assert answer["MetricDataResults"][0]["Values"] == [0.25]


def test_metric_data_computes_math_and_percentiles_over_aligned_periods(loop: Loop) -> None:
    for value in (1.0, 2.0, 3.0):
        put_data(loop, value)
    now = loop.context.clock.now()
    metric = {"Namespace": "MLOps", "MetricName": "FeatureDrift", "Dimensions": DIMENSIONS}
    stat = {"Metric": metric, "Period": 86400, "Stat": "p50"}
    answer = loop.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {"Id": "m", "MetricStat": stat, "ReturnData": False},
            {"Id": "e", "Expression": "m * 10"},
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
    )
    [result] = answer["MetricDataResults"]
    assert (result["Id"], result["Values"]) == ("e", [20.0])
    assert result["Timestamps"] == [now.replace(hour=0, minute=0, second=0, microsecond=0)]


def test_what_nobody_published_has_no_values_in_any_statistic(loop: Loop) -> None:
    now = loop.context.clock.now()
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "ModelLatency", "Dimensions": DIMENSIONS}
    stats = ("Sum", "p99")
    answer = loop.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": 300, "Stat": stat}}
            for number, stat in enumerate(stats)
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now,
    )
    assert [one["Values"] for one in answer["MetricDataResults"]] == [[], []]


def test_metric_statistics_want_the_exact_dimensions(loop: Loop) -> None:
    put_data(loop, 0.25)
    now = loop.context.clock.now()

    def ask(dimensions: list[dict[str, str]]) -> list[dict[str, Any]]:
        answer = loop.client("cloudwatch").get_metric_statistics(
            Namespace="MLOps",
            MetricName="FeatureDrift",
            Dimensions=dimensions,
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=3600,
            Statistics=["Maximum"],
            ExtendedStatistics=["p90"],
        )
        return list(answer["Datapoints"])

    [point] = ask(DIMENSIONS)
    assert (point["Maximum"], point["ExtendedStatistics"]) == (0.25, {"p90": 0.25})
    assert ask(DIMENSIONS[:1]) == []


def test_data_ahead_of_the_clock_is_judged_when_its_time_comes(loop: Loop) -> None:
    clock = loop.context.clock
    put_alarm(loop, Period=3600)
    put_data(loop, 0.9, at=clock.now() + timedelta(minutes=90))
    assert state(loop) == "OK"
    clock.advance_to(clock.now() + timedelta(minutes=91))
    assert state(loop) == "ALARM"
