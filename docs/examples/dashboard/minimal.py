"""A dashboard of the team, and one of its model."""

import pulumi

from components.dashboard import Dashboard, DashboardArgs, WatchedModel

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}
LATE = WatchedModel(
    name="late",
    endpoint_name="planes-dev-late",
    dimensions={"Stack": "planes-dev", "UseCase": "late"},
    metric_namespace="MLOps",
    feature_groups=["weather", "request"],
    feature_threshold=0.2,
    prediction_threshold=0.3,
    drop_threshold=0.05,
    pipeline_names=["planes-dev-late-features", "planes-dev-late-training"],
    function_names=["planes-dev-late-gate"],
    api_name="planes-dev-late-scoring",
    alarm_arns=["arn:aws:cloudwatch:us-east-1:123456789012:alarm:planes-dev-late-auc-drop"],
    decisions_log_group="/mlops/planes-dev-late/gate",
)

board = Dashboard(
    "dashboard",
    DashboardArgs(stack="planes-dev", models=[LATE], runbooks_url="https://example.com/runbooks"),
)
pulumi.export("dashboards", list(board.names))
