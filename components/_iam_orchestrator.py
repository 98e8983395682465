"""What an orchestrator of a team's own may do: run the stack's pipelines, and nothing beside."""

from __future__ import annotations

from collections.abc import Sequence

from components._iam import allow, document

AUDIENCE = "sts.amazonaws.com"
"""Whom a cluster's token for AWS is meant for."""


def run_pipelines(pipeline_arns: Sequence[str]) -> str:
    """Allow starting, watching and stopping executions of these pipelines."""
    executions = [f"{arn}/execution/*" for arn in pipeline_arns]
    return document(
        allow(
            "sagemaker:StartPipelineExecution",
            "sagemaker:ListPipelineExecutions",
            on=list(pipeline_arns),
        ),
        allow(
            "sagemaker:DescribePipelineExecution",
            "sagemaker:ListPipelineExecutionSteps",
            "sagemaker:StopPipelineExecution",
            on=executions,
        ),
    )


def trust_orchestrator(
    *, provider_arn: str | None, issuer: str | None, subjects: Sequence[str], roles: Sequence[str]
) -> str:
    """Let the cluster's service accounts ``subjects``, and ``roles`` by ARN, assume the role."""
    statements = []
    if provider_arn is not None:
        statements.append(
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": provider_arn},
                "Condition": {
                    "StringEquals": {f"{issuer}:aud": AUDIENCE, f"{issuer}:sub": list(subjects)}
                },
            }
        )
    if roles:
        statements.append(
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": list(roles)}}
        )
    return document(*statements)
