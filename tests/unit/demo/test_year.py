import io

import pandas as pd
import pytest

from infra.demo.year import REQUEST_FIELDS, Batch, Year


@pytest.fixture(scope="module")
def march() -> Batch:
    return Year().month(3)


def table(body: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(body), dtype={"flight_id": str})


def test_a_request_holds_only_what_is_known_before_departure(march: Batch) -> None:
    assert list(march.requests.columns) == REQUEST_FIELDS
    assert march.requests["flight_id"].is_unique
    assert march.requests["sched_dep"].is_monotonic_increasing


def test_cancelled_flights_are_asked_about_and_never_labelled(march: Batch) -> None:
    asked, labelled = set(march.requests["flight_id"]), set(march.truth())
    assert labelled < asked


def test_every_label_is_known_only_after_departure(march: Batch) -> None:
    landed = table(march.files["flights.csv"])
    departure = pd.to_datetime(landed["sched_dep"])
    # Flights leave up to an hour before schedule; none lands before it could have left.
    assert (pd.to_datetime(landed["landed_at"]) > departure - pd.Timedelta(hours=1)).all()
    assert table(march.labels)["landed_at"].notna().all()


def test_late_means_more_than_fifteen_minutes(march: Batch) -> None:
    landed = table(march.files["flights.csv"]).set_index("flight_id")["arr_delay"]
    late = table(march.labels).set_index("flight_id")["late"]
    assert ((landed > 15).astype(int) == late).all()


def test_the_broken_batch_lacks_one_column_throughout_and_nothing_else(march: Batch) -> None:
    broken = march.broken()
    assert table(broken["weather.csv"])["humid"].isna().all()
    assert {name for name in broken if broken[name] != march.files[name]} == {"weather.csv"}
