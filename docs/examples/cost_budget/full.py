"""When all is spent, roles that start instances are denied to, once a person agrees."""

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.cost_budget import CostBudget, CostBudgetArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(description="Topics", services=("cloudwatch", "budgets"), tags=TAGS),
)

routes = AlertRoutes("alerts", AlertRoutesArgs(key_arn=key.arn, tags=TAGS))
budget = CostBudget(
    "budget",
    CostBudgetArgs(
        monthly_usd=500,
        cost_tags={"project": "planes", "team": "planes", "environment": "dev"},
        topic_arn=routes.notice_arn,
        stop="manual",
        stopped_roles=["planes-dev-training-role"],
        tags=TAGS,
    ),
)
pulumi.export("budget", budget.budget_name)
