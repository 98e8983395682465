"""What people start the stack's pipelines with beside the stack itself."""

from __future__ import annotations

from typing import Annotated, Literal

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


class Kubeflow(Settings):
    """Pipelines that ``mlops export kubeflow`` writes."""

    image: Annotated[str, Field(min_length=1)] = "python:3.13-slim"
    """Container image of their step."""
    installs_packages: bool = True
    """The step installs boto3 and kfp when it starts; false where its image has both."""
    check_interval_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    """Seconds between two looks at a running execution (1-3600)."""


class Feast(Settings):
    """Repositories that ``mlops export feast`` writes."""

    online_store: Literal["sqlite", "dynamodb"] = "sqlite"
    """Where Feast keeps what it serves: a file beside the repository, or tables of its own."""
    ttl_days: Annotated[int, Field(ge=1)] | None = None
    """Days after its event time for which a record is joined; null, as the platform, forever."""


class Orchestrators(Settings):
    """Airflow, Kubeflow Pipelines, Feast."""

    airflow: Airflow = Airflow()
    """What generated DAGs are told."""
    kubeflow: Kubeflow = Kubeflow()
    """What generated Kubeflow pipelines are told."""
    feast: Feast = Feast()
    """What generated Feast repositories are told."""
