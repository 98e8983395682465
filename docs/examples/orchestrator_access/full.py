"""Service accounts of a cluster may run two pipelines, and the cluster's issuer is declared."""

import pulumi

from components.orchestrator_access import OrchestratorAccess, OrchestratorAccessArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}
PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/planes-dev"

access = OrchestratorAccess(
    "orchestrator",
    OrchestratorAccessArgs(
        role_name="planes-dev-orchestrator",
        pipeline_arns=[f"{PIPELINE}-features", f"{PIPELINE}-training"],
        issuer="oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF",
        service_accounts=["airflow/worker", "kubeflow/pipeline-runner"],
        provider_exists=False,
        role_arns=["arn:aws:iam::111122223333:role/airflow"],
        tags=TAGS,
    ),
)
pulumi.export("role_arn", access.role_arn)
