"""Whether a shadow is promoted: a pure function of what both variants answered, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["promote", "keep", "reject"]


@dataclass(frozen=True)
class Limits:
    """What the team asks of a shadow."""

    min_requests: int
    """Captured requests that both variants have answered."""
    min_days: float
    """Days over which they were asked."""
    min_labels: int
    """Answers whose truth is known by now; 0 does without labels."""
    max_auc_loss: float
    """Production's AUC less the shadow's."""
    max_mean_difference: float
    """Mean distance of the two scores of one row."""
    max_latency_ratio: float
    """The shadow's p99 latency over production's."""
    max_error_percent: float
    """Share of requests that fail at the shadow, beyond production's own share."""


@dataclass(frozen=True)
class Health:
    """What CloudWatch tells of one variant within the window."""

    invocations: float
    errors: float
    """Answered with 4XX or 5XX."""
    latency_p99_milliseconds: float | None
    """Mean of the hours' p99, weighted by their requests; ``None`` where nothing was told."""

    @property
    def error_percent(self) -> float:
        """Return the share of requests that failed."""
        return 100 * self.errors / self.invocations if self.invocations else 0.0


@dataclass(frozen=True)
class Agreement:
    """What the captured answers of both variants come to."""

    requests: int
    """Captured requests that both have answered."""
    rows: int
    """Different rows within them."""
    mean_difference: float | None
    labelled: int
    auc_production: float | None
    """``None`` where the known labels are all alike."""
    auc_shadow: float | None
    unidentified: int = 0
    """Captured answers without an inference id, which nothing can be joined by."""
    unreadable: int = 0
    """Pairs of answers of which one is not what the use case's models answer."""


@dataclass(frozen=True)
class Facts:
    """What is known when the question falls due."""

    version: int
    """The shadow's."""
    production_version: int | None
    approval: str
    """Status of the shadow's version in the registry."""
    endpoint_status: str
    days: float
    """Since the two variants stand side by side, within the window."""
    agreement: Agreement
    production: Health
    shadow: Health
    read_days: float = 0.0
    """Newest days whose captures were read; fewer where they hold more than fits into memory."""


@dataclass(frozen=True)
class Decision:
    """What was decided, by which rule, and why."""

    verdict: Verdict
    rule: str
    reason: str


def decide(facts: Facts, limits: Limits) -> Decision:
    """Apply the rules in order; the first that speaks decides."""
    rules = (_decided, _updating, _errors, _requests, _days, _latency, _labels, _auc, _difference)
    for rule in rules:
        if decision := rule(facts, limits):
            return decision
    agreement = facts.agreement
    ranks = (
        f"AUC {agreement.auc_shadow:.4f} beside {agreement.auc_production:.4f}"
        f" on {agreement.labelled} labelled rows"
        if agreement.auc_shadow is not None and agreement.auc_production is not None
        else "no AUC asked for"
    )
    return Decision(
        "promote",
        "evidence",
        f"{_who(facts)}: {ranks}, {agreement.requests} requests in {facts.days:.1f} days, "
        f"p99 {_ratio(facts) or 0:.2f} times production's, "
        f"{facts.shadow.error_percent:.2f} % errors",
    )


def _decided(facts: Facts, _: Limits) -> Decision | None:
    if facts.approval == "PendingManualApproval":
        return None
    return _keep("decided", facts, f"is {facts.approval} already; the next update acts on it")


def _updating(facts: Facts, _: Limits) -> Decision | None:
    if facts.endpoint_status == "InService":
        return None
    return _keep("updating", facts, f"waits while the endpoint is {facts.endpoint_status}")


def _errors(facts: Facts, limits: Limits) -> Decision | None:
    if facts.shadow.invocations < max(1, limits.min_requests):
        return None
    mine, theirs = facts.shadow.error_percent, facts.production.error_percent
    if mine - theirs <= limits.max_error_percent:
        return None
    return _reject(
        "errors",
        facts,
        f"fails {mine:.2f} % of its requests where production fails {theirs:.2f} %; "
        f"{limits.max_error_percent:g} more are allowed",
    )


def _requests(facts: Facts, limits: Limits) -> Decision | None:
    found = facts.agreement.requests
    if found >= max(1, limits.min_requests):
        return None
    lost = facts.agreement.unidentified
    told = f"; {lost} captured answers carry no inference id" if lost else ""
    return _keep(
        "requests",
        facts,
        f"has answered {found} requests that production answered too; "
        f"the minimum is {limits.min_requests}{told}",
    )


def _days(facts: Facts, limits: Limits) -> Decision | None:
    if facts.days >= limits.min_days:
        return None
    return _keep(
        "days",
        facts,
        f"was watched for {facts.days:.1f} days; the minimum is {limits.min_days:g}",
    )


def _latency(facts: Facts, limits: Limits) -> Decision | None:
    ratio = _ratio(facts)
    if ratio is None:
        return _keep("latency", facts, "has no latency in CloudWatch to compare")
    if ratio <= limits.max_latency_ratio:
        return None
    return _reject(
        "latency",
        facts,
        f"takes {facts.shadow.latency_p99_milliseconds:.1f} ms (p99), {ratio:.2f} times "
        f"production's; {limits.max_latency_ratio:g} times are allowed",
    )


def _labels(facts: Facts, limits: Limits) -> Decision | None:
    if limits.min_labels == 0:
        return None
    agreement = facts.agreement
    if agreement.labelled < limits.min_labels:
        return _keep(
            "labels",
            facts,
            f"has {agreement.labelled} labelled answers; the minimum is {limits.min_labels}",
        )
    if agreement.auc_shadow is None:
        return _keep("labels", facts, f"has {agreement.labelled} labels, all of one kind")
    return None


def _auc(facts: Facts, limits: Limits) -> Decision | None:
    mine, theirs = facts.agreement.auc_shadow, facts.agreement.auc_production
    if mine is None or theirs is None or limits.min_labels == 0:
        return None
    if theirs - mine <= limits.max_auc_loss:
        return None
    return _reject(
        "auc",
        facts,
        f"has AUC {mine:.4f} where production has {theirs:.4f} on {facts.agreement.labelled} "
        f"labelled answers; a loss of {limits.max_auc_loss:g} is allowed",
    )


def _difference(facts: Facts, limits: Limits) -> Decision | None:
    found = facts.agreement.mean_difference
    if found is None or found <= limits.max_mean_difference:
        return None
    return _keep(
        "difference",
        facts,
        f"answers {found:.4f} away from production in the mean, more than "
        f"{limits.max_mean_difference:g}: a person is to look at it",
    )


def _ratio(facts: Facts) -> float | None:
    mine = facts.shadow.latency_p99_milliseconds
    theirs = facts.production.latency_p99_milliseconds
    return mine / theirs if mine is not None and theirs else None


def _who(facts: Facts) -> str:
    beside = facts.production_version
    shown = f"version {facts.version}"
    return f"{shown} beside version {beside}" if beside else shown


def _keep(rule: str, facts: Facts, why: str) -> Decision:
    return Decision("keep", rule, f"{_who(facts)} {why}")


def _reject(rule: str, facts: Facts, why: str) -> Decision:
    return Decision("reject", rule, f"{_who(facts)} {why}")
