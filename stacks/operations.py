"""Who hears of alarms, and what a month may cost."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from stacks.settings import Settings, at

_STARTS: Final = {"https": "https://", "sqs": "arn:", "lambda": "arn:"}


class Destination(Settings):
    """One who is told."""

    protocol: Literal["email", "email-json", "https", "sqs", "lambda"]
    """How SNS tells; mail and HTTPS are confirmed once by whoever receives."""
    endpoint: Annotated[str, Field(min_length=1)]
    """Mail address, HTTPS URL of a pager or chat, or the ARN of a queue or function."""

    @model_validator(mode="after")
    def _is_of_its_protocol(self) -> Self:
        start = _STARTS.get(self.protocol)
        if start is None and "@" not in self.endpoint:
            rule = f"must be a mail address with protocol {self.protocol}"
            raise at("endpoint", rule, self.endpoint)
        if start is not None and not self.endpoint.startswith(start):
            rule = f"must start with {start} with protocol {self.protocol}"
            raise at("endpoint", rule, self.endpoint)
        return self


class Alerts(Settings):
    """Where alarms go."""

    urgent: tuple[Destination, ...] = ()
    """Told at once: answers fail or are slow, data is broken, a delivery failed."""
    notice: tuple[Destination, ...] = ()
    """Told of what can wait for the morning: drift, failed runs, undelivered events, budget."""
    runbooks_url: Annotated[str, Field(min_length=1)] = "docs/runbooks.md"
    """Page with a section for each kind of alarm, to which each alarm's description links."""


class Budget(Settings):
    """What a calendar month may cost, over all resources with the stack's tags."""

    monthly_usd: Annotated[float, Field(gt=0)]
    """US dollars; told at 80 %, at 100 % forecast and at 100 %. Counted by cost allocation tags."""
    stop: Literal["automatic", "manual", "never"] = "never"
    """At 100 %, deny the pipelines to start instances: at once, once a person agrees, or not."""


class Operations(Settings):
    """What the people who run the stack need."""

    alerts: Alerts = Alerts()
    """Where alarms go."""
    budget: Budget | None = None
    """What a month may cost; null counts nothing."""
