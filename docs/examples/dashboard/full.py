"""Two models: one with a shadow beside two variants' traffic, one that scores batches."""

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
    variants=["live", "previous"],
    compares_shadow=True,
)
SEATS = WatchedModel(
    name="seats",
    endpoint_name="planes-dev-seats",
    dimensions={"Stack": "planes-dev", "UseCase": "seats"},
    metric_namespace="MLOps",
    feature_groups=["weather", "request"],
    feature_threshold=0.2,
    prediction_threshold=0.3,
    drop_threshold=0.05,
    pipeline_names=["planes-dev-seats-features", "planes-dev-seats-training"],
    function_names=["planes-dev-seats-gate"],
    api_name="planes-dev-seats-scoring",
    alarm_arns=["arn:aws:cloudwatch:us-east-1:123456789012:alarm:planes-dev-seats-auc-drop"],
    decisions_log_group="/mlops/planes-dev-seats/gate",
    scores_batches=True,
)

board = Dashboard(
    "dashboard",
    DashboardArgs(
        stack="planes-dev", models=[LATE, SEATS], runbooks_url="https://example.com/runbooks"
    ),
)
pulumi.export("dashboards", list(board.names))
