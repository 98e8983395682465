"""What a stack may cost a month, who hears of it, and what then stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components._iam import trust
from components._iam_operations import attach_stop, stop_spending
from components._place import here
from components._tags import stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class CostBudgetArgs:
    """Inputs of :class:`CostBudget`.

    Raises:
        ValueError: the amount is not positive, or what is to stop names no role.
    """

    monthly_usd: float
    """Actual cost of a calendar month, in US dollars, credits and refunds left out."""
    cost_tags: Mapping[str, str]
    """Tags that the counted resources bear; activate them as cost allocation tags in Billing."""
    topic_arn: pulumi.Input[str]
    """SNS topic that hears of 80 % spent, 100 % forecast and 100 % spent."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    stop: Literal["automatic", "manual", "never"] = "never"
    """When all is spent, deny ``stopped_roles`` to start instances; manual waits for a person."""
    stopped_roles: Sequence[pulumi.Input[str]] = ()
    """Names of the roles that run jobs; what serves goes on serving."""

    def __post_init__(self) -> None:
        if self.monthly_usd <= 0:
            raise ValueError(f"monthly_usd must be positive, got {self.monthly_usd:g}")
        if self.stop != "never" and not self.stopped_roles:
            raise ValueError(f"stopped_roles must name a role with stop {self.stop!r}, got none")


class CostBudget(pulumi.ComponentResource):
    """A monthly budget over the resources that bear the stack's tags.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    budget_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: CostBudgetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:CostBudget", name, {}, opts)
        tags = stamp(args.tags, component=name)
        budget = aws.budgets.Budget(
            f"{name}-budget",
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{args.monthly_usd:g}",
            limit_unit="USD",
            metrics="UnblendedCost",
            filter_expression={
                "ands": [
                    {"tags": {"key": key, "values": [value]}}
                    for key, value in sorted(args.cost_tags.items())
                ]
            },
            notifications=[
                {
                    "comparison_operator": "GREATER_THAN",
                    "notification_type": kind,
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                    "subscriber_sns_topic_arns": [args.topic_arn],
                }
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100), ("ACTUAL", 100))
            ],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.stop != "never":
            self._stop(name, args, budget, tags)
        self.budget_name = budget.name
        self.register_outputs({"budget_name": self.budget_name})

    def _stop(
        self,
        name: str,
        args: CostBudgetArgs,
        budget: aws.budgets.Budget,
        tags: Mapping[str, str],
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        denial = aws.iam.Policy(f"{name}-stop", policy=stop_spending(), tags=tags, opts=child)
        actor = aws.iam.Role(
            f"{name}-actor",
            assume_role_policy=here().apply(lambda place: trust("budgets.amazonaws.com", place)),
            tags=tags,
            opts=child,
        )
        stopped = pulumi.Output.all(*args.stopped_roles)
        allowed = aws.iam.RolePolicy(
            f"{name}-actor-policy",
            role=actor.name,
            policy=pulumi.Output.all(here(), denial.arn, stopped).apply(
                lambda known: attach_stop(
                    known[1],
                    [
                        f"arn:{known[0].partition}:iam::{known[0].account_id}:role/{role}"
                        for role in known[2]
                    ],
                )
            ),
            opts=child,
        )
        aws.budgets.BudgetAction(
            f"{name}-action",
            budget_name=budget.name,
            action_type="APPLY_IAM_POLICY",
            approval_model=args.stop.upper(),
            notification_type="ACTUAL",
            action_threshold={
                "action_threshold_type": "PERCENTAGE",
                "action_threshold_value": 100,
            },
            definition={
                "iam_action_definition": {"policy_arn": denial.arn, "roles": args.stopped_roles}
            },
            execution_role_arn=actor.arn,
            subscribers=[{"address": args.topic_arn, "subscription_type": "SNS"}],
            tags=tags,
            # Budgets tries the role when the action is made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
        )
