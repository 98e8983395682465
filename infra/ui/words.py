"""What the page says in words: times, lengths, rules, and the two answers of the front page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from infra.status.facts import Decision
from pipelines.shared.lineage.facts import Data

RULES: Final[Mapping[str, str]] = {
    "running": "A training was under way, and only one runs at a time.",
    "data_quality": (
        "The newest data is broken. A model trained on broken data is worse than an old one, so "
        "nothing is trained until a mended batch has passed its checks."
    ),
    "no_model": "Nothing was approved yet, and there are labels enough for a first model.",
    "new_data": "New data alone is no reason to retrain here; the stack file decides that.",
    "cool_down": "The last training was too short a while ago; the cool-down keeps them apart.",
    "budget": "All trainings that the stack file allows within its window are used up.",
    "labels": "Too few new labels had arrived: a new model would know little that is new.",
    "drift": "The data or the model's performance drifted, and nothing spoke against a training.",
    "schedule": "A training was due by schedule, and nothing spoke against it.",
    "decided": "The shadow's version is decided on already; the next update acts on it.",
    "updating": "The endpoint was being updated.",
    "errors": "The shadow failed more of its requests than the version that answers.",
    "requests": "The shadow has answered too few requests to be judged.",
    "days": "The shadow was watched for too short a time.",
    "latency": "The shadow's latency beside production's decided, or was not known.",
    "auc": "The shadow ranks worse than the version that answers.",
    "difference": "The shadow's answers differ much from production's: a person is to look at it.",
    "evidence": "The shadow met every rule.",
}
"""Rules of the retraining gate and of the shadow's promotion (docs/metrics.md, docs/serving.md)."""
FIGURES: Final[Mapping[str, str]] = {
    "trigger": "what asked",
    "now": "asked at",
    "running": "training under way",
    "data_quality_alarm": "data quality alarm that was on",
    "approved_version": "newest approved version",
    "last_training_at": "last training began",
    "trainings_in_window": "trainings within the budget's window",
    "new_labels": "new labels, counted up to the minimum",
}
"""Facts of a decision, as people call them; others keep their names."""
GOOD: Final = frozenset({"Succeeded", "InService", "Approved", "OK", "retrain", "promote"})
BAD: Final = frozenset(
    {"Failed", "OutOfService", "UpdateRollbackFailed", "ALARM", "Rejected", "failed", "reject"}
)
BUSY: Final = frozenset(
    {"Executing", "Starting", "Stopping", "Creating", "Updating", "SystemUpdating", "RollingBack"}
)
ARN: Final = re.compile(r"arn:[\w-]+:[\w-]*:[\w-]*:\d*:([^\s,;\"']+)")
MINUTE, HOUR, DAY = 60, 3600, 86_400
UNTOLD: Final = "\N{EN DASH}"
FEW: Final = 100


def tone(status: str) -> str:
    """Return the class of a status: ``good``, ``bad``, ``busy`` or ``calm``."""
    word = status.removeprefix("recommend ")
    for name, words in (("good", GOOD), ("bad", BAD), ("busy", BUSY)):
        if word in words:
            return name
    return "calm"


def when(moment: datetime | str | None) -> str:
    """Return a moment to the minute, in UTC."""
    found = _moment(moment)
    return UNTOLD if found is None else found.strftime("%Y-%m-%d %H:%M")


def day(moment: datetime | str | None) -> str:
    """Return a moment's day as people write it."""
    found = _moment(moment)
    return UNTOLD if found is None else found.strftime("%-d %B %Y")


def date_of(moment: datetime | str | None) -> str:
    """Return a moment's day, shortest."""
    return when(moment).partition(" ")[0]


def spoken(text: str) -> str:
    """Return a text in which things are called by the last part of their ARNs."""
    return ARN.sub(lambda found: found[1], text)


def ago(moment: datetime | str | None, now: datetime) -> str:
    """Return how long before ``now`` a moment was."""
    found = _moment(moment)
    if found is None:
        return ""
    passed = (now - found).total_seconds()
    return "just now" if passed < MINUTE else f"{lasted(passed)} ago"


def lasted(seconds: float | timedelta | None) -> str:
    """Return a length of time in the unit that suits it."""
    if seconds is None:
        return UNTOLD
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    if seconds < FEW:
        return f"{seconds:.0f} s"
    for unit, name, limit in ((MINUTE, "min", 2 * HOUR), (HOUR, "h", 2 * DAY)):
        if seconds < limit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / DAY:.0f} days"


def figure(value: Any) -> str:
    """Return a value of any kind, numbers in at most five digits."""
    match value:
        case None | "":
            return UNTOLD
        case bool():
            return "yes" if value else "no"
        case int() | float():
            plain = isinstance(value, float) and abs(value) < FEW
            return f"{value:.4g}" if plain else f"{value:,.0f}"
        case Mapping():
            return ", ".join(f"{key} {figure(item)}" for key, item in value.items())
        case list() | tuple():
            return ", ".join(map(figure, value))
        case _:
            return str(value)


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def figures(decision: Decision) -> dict[str, str]:
    """Return what was known when it was decided, by name, nested facts flat."""
    found: dict[str, str] = {}
    for key, value in decision.figures.items():
        if isinstance(value, Mapping) and key != "trigger":
            for below, item in value.items():
                found[f"{key.replace('_', ' ')}: {below.replace('_', ' ')}"] = figure(item)
        elif isinstance(value, Mapping):
            found[FIGURES[key]] = f"{value.get('kind', '')} {value.get('name', '')}".strip()
        else:
            found[FIGURES.get(key, key.replace("_", " "))] = figure(value)
    return found


def trained_on(data: Data) -> str:
    """Say in a sentence what data a version was trained on; empty where nothing is known."""
    parts = []
    rows = f"{int(data.rows):,} rows" if data.rows and data.rows.isdecimal() else data.rows
    if rows:
        parts.append(rows)
    if data.window:
        parts.append(f"from {span(data.window)}")
    elif data.months:
        parts.append(f"of {months(data.months)}")
    if data.as_of:
        parts.append(f"as known on {day(data.as_of)}")
    return ", ".join(parts)


def span(window: str) -> str:
    """Return ``a/b`` or ``a..b`` as people write it."""
    for mark in ("/", "..", " to "):
        first, found, last = window.partition(mark)
        if found:
            return f"{day(first.strip())} to {day(last.strip())}"
    return window


def months(listed: Sequence[str]) -> str:
    """Return ``2013-01`` and so on as one stretch where none is missing between."""
    if not listed:
        return ""
    first, last = (date.fromisoformat(f"{one}-01") for one in (listed[0], listed[-1]))
    whole = (last.year - first.year) * 12 + last.month - first.month + 1
    if len(listed) == 1:
        return first.strftime("%B %Y")
    if whole == len(listed):
        return f"{first:%B %Y} to {last:%B %Y}"
    return ", ".join(listed)


def short(arn: str) -> str:
    """Return the part of an ARN that people know a thing by."""
    return arn.rpartition(":")[2] if arn.startswith("arn:") else arn


def _moment(moment: datetime | str | None) -> datetime | None:
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip().replace("Z", "+00:00"))
        except ValueError:
            return None
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
