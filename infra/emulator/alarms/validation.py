"""What ``PutMetricAlarm`` and ``PutMetricData`` refuse, with CloudWatch's error codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch.exceptions import (
    InvalidParameterCombination,
    InvalidParameterValue,
    ValidationError,
)

from infra.emulator.alarms.evaluation import COMPARISONS, SHORT_PERIOD_SECONDS, TREATMENTS
from infra.emulator.alarms.expression import ExpressionError, parse
from infra.emulator.alarms.statistics import PERCENTILE, STATISTICS, as_utc, known

PAST = timedelta(days=14)
FUTURE = timedelta(hours=2)
HIGH_RESOLUTION_SECONDS = (10, 20, 30)
DAY_SECONDS = 86_400


def check_data(elements: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Refuse datapoints out of CloudWatch's window around the emulator's clock.

    Raises:
        InvalidParameterValue: a timestamp more than two weeks back or two hours ahead.
    """
    for number, element in enumerate(elements, 1):
        moment = as_utc(element.get("Timestamp"))
        if moment is not None and not now - PAST <= moment <= now + FUTURE:
            raise InvalidParameterValue(
                f"The parameter MetricData.member.{number}.Timestamp must specify a time no more "
                f"than two weeks in the past and no more than two hours in the future, "
                f"got {moment.isoformat()} at {now.isoformat()}"
            )


def check_alarm(settings: Mapping[str, Any]) -> None:
    """Refuse an alarm that CloudWatch would refuse, or that is not emulated.

    Raises:
        ValidationError: a value out of its range, or something that is not emulated.
        InvalidParameterCombination: members that exclude each other, or one that another needs.
    """
    queries, metric = settings["metric_data_queries"] or [], settings["metric_name"]
    if bool(queries) == bool(metric):
        raise InvalidParameterCombination(
            "Exactly one of MetricName and Metrics must be specified."
        )
    if settings["comparison_operator"] not in COMPARISONS:
        raise ValidationError(
            f"ComparisonOperator must be one of {sorted(COMPARISONS)} (anomaly bands are not "
            f"emulated), got {settings['comparison_operator']!r}"
        )
    if settings["threshold"] is None:
        raise ValidationError("Threshold must be specified.")
    treatment = settings["treat_missing_data"] or "missing"
    if treatment not in TREATMENTS:
        raise ValidationError(
            f"Option {treatment} is not supported for TreatMissingData. "
            f"Supported options are {sorted(TREATMENTS)}."
        )
    if queries:
        period = _check_queries(queries)
    else:
        _check_statistic(settings)
        period = settings["period"]
    _check_periods(period, settings["evaluation_periods"], settings["datapoints_to_alarm"])


def _check_statistic(settings: Mapping[str, Any]) -> None:
    statistic, extended = settings["statistic"], settings["extended_statistic"]
    if bool(statistic) == bool(extended):
        raise InvalidParameterCombination(
            "Exactly one of Statistic and ExtendedStatistic must be specified."
        )
    if statistic and statistic not in STATISTICS:
        raise ValidationError(f"Statistic must be one of {list(STATISTICS)}, got {statistic!r}")
    if extended and not PERCENTILE.fullmatch(extended):
        raise ValidationError(
            f"ExtendedStatistic must be a percentile, p0 to p100 (others are not emulated), "
            f"got {extended!r}"
        )


def _check_periods(period: int | None, evaluation: int | None, to_alarm: int | None) -> None:
    if not period or (period not in HIGH_RESOLUTION_SECONDS and period % 60):
        raise ValidationError(f"Period must be 10, 20, 30 or a multiple of 60, got {period}")
    if not evaluation or evaluation < 1:
        raise ValidationError(f"EvaluationPeriods must be at least 1, got {evaluation}")
    if to_alarm is not None and not 1 <= to_alarm <= evaluation:
        raise ValidationError(
            f"DatapointsToAlarm must be 1 to EvaluationPeriods ({evaluation}), got {to_alarm}"
        )
    limit = 7 * DAY_SECONDS if period >= SHORT_PERIOD_SECONDS else DAY_SECONDS
    if period * evaluation > limit:
        raise ValidationError(
            f"Metrics cannot be checked across more than {limit} seconds "
            f"(EvaluationPeriods * Period), got {period * evaluation}"
        )


def _check_queries(queries: Sequence[Any]) -> int | None:
    names = [query.id for query in queries]
    returned = [query for query in queries if _returned(query)]
    if len(returned) != 1:
        raise ValidationError(
            f"Exactly one element of Metrics should return data, got {[q.id for q in returned]}"
        )
    found: set[int] = set()
    for query in queries:
        if query.metric_stat is None:
            try:
                parse(str(query.expression), [name for name in names if name != query.id])
            except ExpressionError as error:
                raise ValidationError(f"Invalid metrics list: {query.id}: {error}") from error
        elif not known(query.metric_stat.stat):
            raise ValidationError(f"Stat is not emulated, got {query.metric_stat.stat!r}")
        else:
            found.add(int(query.metric_stat.period))
    if len(found) != 1:
        raise ValidationError(f"All metrics of an alarm must have one period, got {sorted(found)}")
    return found.pop()


def _returned(query: Any) -> bool:
    return query.return_data is None or str(query.return_data).lower() == "true"
