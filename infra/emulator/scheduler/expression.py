"""Schedule expressions: ``at(...)``, ``rate(...)``, ``cron(...)``, and when they fall due next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.cron import Cron, ScheduleError

_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)(s?)\s*\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((.*)\)")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something falls due."""

    zone: ZoneInfo
    once: datetime | None = None
    """``at``: the one time, in UTC."""
    every: timedelta | None = None
    """``rate``: the distance from the start."""
    cron: Cron | None = None

    @classmethod
    def parse(cls, text: str, timezone: str = "UTC") -> Schedule:
        """Read an expression.

        Raises:
            ScheduleError: AWS would refuse it, or there is no such time zone.
        """
        try:
            zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ScheduleError(f"timezone must be an IANA name, got {timezone!r}") from error
        if at := _AT.fullmatch(text):
            local = datetime.fromisoformat(at[1]).replace(tzinfo=zone)
            return cls(zone, once=local.astimezone(UTC))
        if rate := _RATE.fullmatch(text):
            return cls(zone, every=_rate(text, int(rate[1]), rate[2], plural=bool(rate[3])))
        if cron := _CRON.fullmatch(text):
            return cls(zone, cron=Cron.parse(cron[1]))
        raise ScheduleError(f"expression must be at(...), rate(...) or cron(...), got {text!r}")

    def next_after(self, moment: datetime, *, start: datetime) -> datetime | None:
        """Return the first due time after ``moment``, counted from ``start`` where it is a rate.

        Times are aware, the result is in UTC; ``None`` when nothing is due any more.
        """
        if self.once is not None:
            return self.once if self.once > moment else None
        if self.every is not None:
            if moment < start:
                return start
            return start + self.every * ((moment - start) // self.every + 1)
        if self.cron is None:
            raise ScheduleError("schedule has neither at, rate nor cron")
        return self._next_cron(self.cron, moment)

    def _next_cron(self, cron: Cron, moment: datetime) -> datetime | None:
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        while (found := cron.next_after(local)) is not None:
            due = found.replace(tzinfo=self.zone).astimezone(UTC)
            # A wall-clock time that daylight saving leaps over does not exist: the day is skipped.
            if due > moment and due.astimezone(self.zone).replace(tzinfo=None) == found:
                return due
            local = found
        return None


def _rate(text: str, value: int, unit: str, *, plural: bool) -> timedelta:
    if value < 1:
        raise ScheduleError(f"rate value must be positive, got {text!r}")
    if plural == (value == 1):
        raise ScheduleError(f"rate unit must be singular for 1 and plural above, got {text!r}")
    return timedelta(**{f"{unit}s": value})
