"""How many instances serve: by what measure, how fast, and in which hours more."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stacks.errors import close_to
from stacks.settings import Settings, at

Metric = Literal["invocations", "concurrency", "gpu", "backlog"]
DEFAULT_TARGETS: Mapping[Metric, float] = {
    "invocations": 600.0,
    "concurrency": 5.0,
    "gpu": 70.0,
    "backlog": 5.0,
}
"""By measure, what one instance is to bear where the stack file says nothing."""
MAX_PERCENT = 100


def _known_zone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if name not in known:
        raise PydanticCustomError(
            "time_zone",
            "must be a time zone of the IANA database",
            {"close": close_to(name, known)},
        )
    return name


TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""Hours and minutes, ``07:30``."""


class BusinessHours(Settings):
    """Hours in which more instances stand ready, whatever the traffic."""

    days: Annotated[
        str,
        StringConstraints(
            pattern=r"^(SUN|MON|TUE|WED|THU|FRI|SAT)([-,](SUN|MON|TUE|WED|THU|FRI|SAT))*$"
        ),
    ] = "MON-FRI"
    """Days of the week as cron writes them: ``MON-FRI``, ``MON,WED``."""
    starts_at: TimeOfDay
    """From here on ``min_instance_count`` below holds."""
    ends_at: TimeOfDay
    """From here on the endpoint's own minimum holds again, on the same day."""
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    """IANA name, for example ``Europe/Berlin``; daylight saving is followed."""
    min_instance_count: Annotated[int, Field(ge=1, le=100)]
    """Autoscaling never goes below this within the hours (1-100)."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise at("ends_at", f"must be later than starts_at ({self.starts_at})", self.ends_at)
        return self


class Scaling(Settings):
    """What autoscaling aims at, between the endpoint's minimum and maximum."""

    metric: Metric | None = None
    """Requests a minute, requests at once, GPU utilisation (%) or, asynchronous, queued requests;
    null takes ``backlog`` for an asynchronous endpoint and ``invocations`` for another."""
    target: Annotated[float, Field(gt=0)] | None = None
    """Of the metric, for each instance; null: 600, 5, 70 and 5 in the order above."""
    scale_out_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    """Seconds after instances were added before more are (0-3600)."""
    scale_in_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """Seconds after any scaling before instances are taken away (0-3600)."""
    business_hours: BusinessHours | None = None
    """Hours with a higher minimum; null for none."""

    @model_validator(mode="after")
    def _no_more_than_the_whole_gpu(self) -> Self:
        if self.metric == "gpu" and (self.target or 0) > MAX_PERCENT:
            raise at("target", "must be at most 100 (%) with metric gpu", self.target)
        return self
