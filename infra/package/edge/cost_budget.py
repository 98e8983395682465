"""What ``components.cost_budget`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.words import CostBudgetStop


class CostBudgetArgs(TypedDict):
    """Inputs of `CostBudget`."""

    monthly_usd: float
    """Actual cost of a calendar month, in US dollars, credits and refunds left out."""
    cost_tags: Mapping[str, str]
    """Tags that the counted resources bear; activate them as cost allocation tags in Billing."""
    topic_arn: pulumi.Input[str]
    """SNS topic that hears of 80 % spent, 100 % forecast and 100 % spent."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    stop: NotRequired[CostBudgetStop]
    """When all is spent, deny `stoppedRoles` to start instances; manual waits for a person.

    By default `never`."""
    stopped_roles: NotRequired[Sequence[pulumi.Input[str]]]
    """Names of the roles that run jobs; what serves goes on serving."""


class CostBudgetOutputs(TypedDict):
    """What ``CostBudget`` gives."""

    budget_name: pulumi.Output[str]
