"""A managed Airflow's role may run one pipeline."""

import pulumi

from components.orchestrator_access import OrchestratorAccess, OrchestratorAccessArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

access = OrchestratorAccess(
    "orchestrator",
    OrchestratorAccessArgs(
        role_name="planes-dev-orchestrator",
        pipeline_arns=["arn:aws:sagemaker:us-east-1:111122223333:pipeline/planes-dev-training"],
        role_arns=["arn:aws:iam::111122223333:role/airflow"],
        tags=TAGS,
    ),
)
pulumi.export("role_arn", access.role_arn)
