from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.flights import schema
from pipelines.flights.steps import features
from pipelines.flights.steps.features_engineer import of_month
from pipelines.flights.steps.features_transform import changed, clean_flights, clean_weather

MARCH = pd.Timestamp("2013-03-01")


def flight(
    hours: float, *, carrier: str = "UA", late: int = 0, minutes: int = 60
) -> dict[str, object]:
    departure = MARCH + pd.Timedelta(hours=hours)
    return {
        "flight_id": f"{carrier}-{hours}-{minutes}-{late}",
        "carrier": carrier,
        "origin": "JFK",
        "dest": "LAX",
        "tailnum": "N1",
        "distance": 100.0,
        "sched_dep": departure,
        "landed_at": departure + pd.Timedelta(minutes=minutes),
        "late": late,
    }


def share(records: pd.DataFrame, key: str) -> float | None:
    found = records[records["entity_day"] == key]
    return None if found.empty else float(found["late_share"].iloc[0])


def test_lateness_is_the_share_of_the_day_before() -> None:
    flights = pd.DataFrame([flight(8, late=1), flight(9), flight(33, late=1)])
    records = features.lateness_records(flights)
    assert share(records, "carrier|UA|2013-03-02") == 0.5
    assert share(records, "carrier|UA|2013-03-03") == 1.0
    assert share(records, "carrier|UA|2013-03-01") is None


def test_a_flight_still_in_the_air_at_midnight_is_not_known_yet() -> None:
    flights = pd.DataFrame([flight(20), flight(23.5, late=1, minutes=60)])
    assert share(features.lateness_records(flights), "dest|LAX|2013-03-02") == 0.0


@settings(max_examples=40, deadline=None)
@given(
    flights=st.lists(
        st.tuples(
            st.floats(0, 24 * 9, allow_nan=False),
            st.sampled_from(["UA", "B6"]),
            st.integers(0, 1),
            st.integers(30, 900),
        ),
        min_size=1,
        max_size=30,
    ),
    day=st.integers(1, 9),
)
def test_removing_what_came_later_changes_no_earlier_record(
    flights: list[tuple[float, str, int, int]], day: int
) -> None:
    table = pd.DataFrame([flight(h, carrier=c, late=late, minutes=m) for h, c, late, m in flights])
    moment = MARCH + pd.Timedelta(days=day)
    stamp = moment.strftime(features.EVENT_TIME_FORMAT)
    known = table[table["landed_at"] < moment].reset_index(drop=True)

    def until(records: pd.DataFrame) -> list[tuple[object, ...]]:
        kept = records[records["event_time"] <= stamp]
        return sorted(kept.itertuples(index=False, name=None))

    assert until(features.lateness_records(known)) == until(features.lateness_records(table))


def test_a_join_takes_the_newest_record_that_is_not_later_than_the_flight() -> None:
    records = pd.DataFrame(
        {
            "key": ["N1", "N1", "N2"],
            "event_time": pd.to_datetime(["2013-01-01", "2013-03-02", "2013-03-09"]),
            "seats": [100.0, 200.0, 300.0],
        }
    )
    keys = pd.Series(["N1", "N1", "N2", "N3"], index=[5, 6, 7, 8])
    times = pd.Series(pd.to_datetime(["2013-03-01", "2013-03-02", "2013-03-08", "2013-03-08"]))
    times.index = keys.index
    joined = features.as_of(keys, times, records, ["seats"])
    assert joined.index.tolist() == [5, 6, 7, 8]
    np.testing.assert_array_equal(joined["seats"].to_numpy(), [100.0, 200.0, np.nan, np.nan])


def test_a_join_with_one_record_for_each_key_looks_no_further_ahead() -> None:
    records = pd.DataFrame(
        {"key": ["N1"], "event_time": pd.to_datetime(["2013-03-02"]), "seats": [100.0]}
    )
    keys = pd.Series(["N1", "N1"])
    times = pd.Series(pd.to_datetime(["2013-03-01 23:59", "2013-03-02 00:00"]))
    joined = features.as_of(keys, times, records, ["seats"])
    np.testing.assert_array_equal(joined["seats"].to_numpy(), [np.nan, 100.0])


def test_rows_for_the_model_are_in_its_order() -> None:
    flights = pd.DataFrame([flight(34)])
    hour = MARCH + pd.Timedelta(hours=34)
    records = {
        "weather": pd.DataFrame(
            {
                "key": ["JFK|2013-03-02T10"],
                "event_time": [hour],
                **{name: [float(i)] for i, name in enumerate(schema.WEATHER_FEATURES)},
            }
        ),
        "lateness": pd.DataFrame(
            {
                "key": ["carrier|UA|2013-03-02"],
                "event_time": [MARCH + pd.Timedelta(days=1)],
                "late_share": [0.25],
            }
        ),
        "planes": pd.DataFrame(
            {"key": ["N1"], "event_time": [MARCH], "year": [2003.0], "seats": [189.0]}
        ),
    }
    rows = features.model_rows(flights, records)
    assert tuple(rows.columns) == schema.MODEL_FEATURES
    row = rows.iloc[0]
    assert (row["hour"], row["weekday"], row["plane_age"], row["seats"]) == (10, 5, 10, 189)
    assert (row["temp"], row["visib"]) == (0, len(schema.WEATHER_FEATURES) - 1)
    assert row["carrier_late_share"] == 0.25
    assert np.isnan(row["dest_late_share"])


def test_a_batch_brings_the_records_of_its_own_month_only() -> None:
    flights = pd.DataFrame([flight(-20), flight(8), flight(24 * 30 + 8)])
    records = of_month(features.lateness_records(flights), MARCH)
    days = sorted({key.split("|")[2] for key in records["entity_day"]})
    assert days == ["2013-03-01", "2013-03-02"]


def test_an_hour_of_weather_given_twice_counts_once() -> None:
    hour = {"origin": "JFK", "year": "2013", "month": "3", "day": "1", "hour": "5"}
    raw = pd.DataFrame(
        [{**hour, **dict.fromkeys(schema.WEATHER_FEATURES, value)} for value in ("10", "20")]
    )
    records = features.weather_records(clean_weather(raw))
    assert records["origin_hour"].tolist() == ["JFK|2013-03-01T05"]
    assert records["event_time"].tolist() == ["2013-03-01T05:00:00Z"]
    assert records["temp"].tolist() == [10.0]


@pytest.mark.parametrize(("delay", "late"), [("15", 0), ("16", 1), ("-4", 0)])
def test_late_is_more_than_fifteen_minutes(delay: str, late: int) -> None:
    raw = pd.DataFrame(
        [
            {
                "flight_id": "a",
                "carrier": " ua",
                "origin": "JFK",
                "dest": "LAX",
                "tailnum": None,
                "distance": "99999",
                "sched_dep": "2013-03-01T05:00:00",
                "landed_at": "2013-03-01T07:00:00",
                "arr_delay": delay,
            }
        ]
    )
    cleaned = clean_flights(raw).iloc[0]
    assert (cleaned["late"], cleaned["carrier"]) == (late, "UA")
    assert np.isnan(cleaned["distance"])


def test_only_new_or_changed_planes_are_written_again() -> None:
    before = pd.DataFrame(
        {"tailnum": ["A", "B"], "year": [1.0, np.nan], "seats": 9.0, "engines": 2.0}
    )
    now = pd.DataFrame(
        {"tailnum": ["A", "B", "C"], "year": [2.0, np.nan, 3.0], "seats": 9.0, "engines": 2.0}
    )
    assert changed(now, before)["tailnum"].tolist() == ["A", "C"]
