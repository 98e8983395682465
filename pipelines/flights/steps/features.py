"""From raw tables to feature records, from feature records to rows for the model: pure functions.

Every time is a pandas timestamp without a zone, read as UTC. A record says what was known at its
event time and nothing later: removing later flights changes no earlier record.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.flights import schema

EVENT_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def weather_records(weather: pd.DataFrame) -> pd.DataFrame:
    """Return a record for each airport and hour; of repeated hours the first counts."""
    records = weather[list(schema.WEATHER_FEATURES)].astype("float64")
    records.insert(0, "origin_hour", origin_hour(weather))
    records.insert(1, "event_time", _hour(weather).dt.strftime(EVENT_TIME_FORMAT))
    return records.drop_duplicates("origin_hour").reset_index(drop=True)


def origin_hour(weather: pd.DataFrame) -> pd.Series:
    """Return the airport and hour of each row; hour 24 is the next day's first."""
    hours: pd.Series = weather["origin"] + "|" + _hour(weather).dt.strftime("%Y-%m-%dT%H")
    return hours


def _hour(weather: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(weather[["year", "month", "day", "hour"]].astype("int64"))


def lateness_records(flights: pd.DataFrame) -> pd.DataFrame:
    """Return for each entity and day the late share of the day before, as known at midnight.

    Counts the flights that were to leave on the day before and have landed before the day begins;
    an entity without any has no record.
    """
    departed = flights["sched_dep"].dt.floor("D")
    day = departed + pd.Timedelta(days=1)
    known = flights[flights["landed_at"] < day]
    day = day[known.index]
    parts: list[pd.DataFrame] = []
    for entity in schema.LATENESS_ENTITIES:
        late = known["late"].groupby([known[entity], day]).agg(["mean", "size"]).reset_index()
        late.columns = pd.Index(["value", "day", "late_share", "flights"])
        stamp = late["day"].dt.strftime("%Y-%m-%d")
        late["entity_day"] = entity + "|" + late["value"] + "|" + stamp
        late["event_time"] = late["day"].dt.strftime(EVENT_TIME_FORMAT)
        parts.append(late[["entity_day", "event_time", "late_share", "flights"]])
    records: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return records


def plane_records(planes: pd.DataFrame, since: pd.Timestamp) -> pd.DataFrame:
    """Return a record for each plane, valid from ``since``."""
    records = planes[["tailnum", "year", "seats", "engines"]].drop_duplicates("tailnum")
    records.insert(1, "event_time", since.strftime(EVENT_TIME_FORMAT))
    return records.reset_index(drop=True)


def as_of(
    keys: pd.Series, times: pd.Series, records: pd.DataFrame, columns: list[str]
) -> pd.DataFrame:
    """Return for each key its newest record whose event time is not after the given time.

    ``records`` has the columns ``key``, ``event_time`` (timestamps) and ``columns``; of equal event
    times the later row counts. Where there is no such record every column is missing.
    """
    ordered = records.drop_duplicates(["key", "event_time"], keep="last")
    if ordered["key"].is_unique:
        found = ordered.set_index("key").reindex(keys.to_numpy())
        early = found["event_time"].to_numpy() > times.to_numpy()
        values = found[columns].astype("float64").to_numpy(copy=True)
        values[early] = np.nan
        return pd.DataFrame(values, index=keys.index, columns=columns)
    left = pd.DataFrame({"key": keys.to_numpy(), "time": times.to_numpy()})
    left["row"] = np.arange(len(left))
    left = left.sort_values("time", kind="stable")
    right = ordered.sort_values("event_time", kind="stable")
    joined = pd.merge_asof(left, right, left_on="time", right_on="event_time", by="key")
    values = joined.sort_values("row")[columns].astype("float64").to_numpy()
    return pd.DataFrame(values, index=keys.index, columns=columns)


def stamps(times: pd.Series, unit: str, layout: str) -> pd.Series:
    """Format times, each hour or day once: writing out every row takes seconds."""
    codes, distinct = pd.factorize(times.dt.floor(unit))
    texts = pd.DatetimeIndex(distinct).strftime(layout).to_numpy()
    return pd.Series(texts[codes], index=times.index)


def model_rows(flights: pd.DataFrame, records: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Join flights with the feature records as they were at departure, in the model's order.

    ``flights`` has the request's fields with ``sched_dep`` as timestamps; ``records`` maps feature
    groups to records as :func:`as_of` takes them.
    """
    departure = flights["sched_dep"]
    rows = flights[list(schema.CATEGORICAL)].copy()
    rows["distance"] = flights["distance"].astype("float64")
    rows["hour"] = departure.dt.hour.astype("float64")
    rows["weekday"] = departure.dt.weekday.astype("float64")
    key = flights["origin"] + "|" + stamps(departure, "h", "%Y-%m-%dT%H")
    weather = as_of(key, departure, records["weather"], list(schema.WEATHER_FEATURES))
    planes = as_of(flights["tailnum"].fillna(""), departure, records["planes"], ["year", "seats"])
    planes["plane_age"] = departure.dt.year - planes["year"]
    rows = pd.concat([rows, weather, planes[["plane_age", "seats"]]], axis=1)
    day = stamps(departure, "D", "%Y-%m-%d")
    for entity in schema.LATENESS_ENTITIES:
        key = entity + "|" + flights[entity] + "|" + day
        share = as_of(key, departure, records["lateness"], ["late_share"])
        rows[f"{entity}_late_share"] = share["late_share"]
    return rows[list(schema.MODEL_FEATURES)]
