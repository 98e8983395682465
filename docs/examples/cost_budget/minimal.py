"""A topic hears when a month's cost nears 500 dollars."""

import pulumi

from components.cost_budget import CostBudget, CostBudgetArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

budget = CostBudget(
    "budget",
    CostBudgetArgs(
        monthly_usd=500,
        cost_tags={"project": "planes", "team": "planes", "environment": "dev"},
        topic_arn="arn:aws:sns:us-east-1:123456789012:notice",
        tags=TAGS,
    ),
)
pulumi.export("budget", budget.budget_name)
