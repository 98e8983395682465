"""What people start the stack's pipelines with beside the stack itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from stacks.settings import Settings


class Airflow(Settings):
    """DAGs that ``mlops export airflow`` writes."""

    connection_id: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=250)
    ] = "aws_default"
    """Airflow's connection to AWS; where it has none of that id, boto3 looks for credentials."""
    check_interval_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    """Seconds between two looks at a running execution (1-3600)."""


class Orchestrators(Settings):
    """Airflow, Kubeflow Pipelines."""

    airflow: Airflow = Airflow()
    """What generated DAGs are told."""
