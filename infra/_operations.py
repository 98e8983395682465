"""What the people who run a stack need: routes of alarms, dashboards, a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs, Destination
from components.alerting import Alerting
from components.cost_budget import CostBudget, CostBudgetArgs
from components.dashboard import Dashboard, DashboardArgs, WatchedModel
from stacks.config import StackConfig
from stacks.operations import Destination as Told


def declare_routes(
    config: StackConfig, key_arn: pulumi.Input[str], tags: Mapping[str, str]
) -> Alerting:
    """Declare the topics, and return what every alarm of the stack is told to."""
    alerts = config.operations.alerts
    routes = AlertRoutes(
        "alerts",
        AlertRoutesArgs(
            key_arn=key_arn,
            urgent=_destinations(alerts.urgent),
            notice=_destinations(alerts.notice),
            tags=tags,
        ),
    )
    return Alerting(
        name_prefix=config.stack,
        urgent=[routes.urgent_arn],
        notice=[routes.notice_arn],
        runbooks_url=alerts.runbooks_url,
    )


def declare_dashboard(config: StackConfig, models: Sequence[WatchedModel]) -> Dashboard:
    """Declare the team's dashboard and one for each model."""
    return Dashboard(
        "dashboard",
        DashboardArgs(
            stack=config.stack,
            models=models,
            runbooks_url=config.operations.alerts.runbooks_url,
        ),
    )


def declare_budget(
    config: StackConfig,
    alerting: Alerting,
    spending_roles: Sequence[pulumi.Output[str]],
    tags: Mapping[str, str],
) -> None:
    """Declare the stack's budget where there is one; ``spending_roles`` are ARNs."""
    budget = config.operations.budget
    if budget is None:
        return
    CostBudget(
        "budget",
        CostBudgetArgs(
            monthly_usd=budget.monthly_usd,
            cost_tags={key: tags[key] for key in ("project", "team", "environment")},
            topic_arn=alerting.notice[0],
            stop=budget.stop,
            stopped_roles=[arn.apply(lambda arn: arn.rpartition("/")[2]) for arn in spending_roles],
            tags=tags,
        ),
    )


def _destinations(told: Sequence[Told]) -> list[Destination]:
    return [Destination(protocol=one.protocol, endpoint=one.endpoint) for one in told]
