"""What people start the stack's pipelines with beside the stack itself."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from stacks.settings import Settings, at

_Issuer = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+(/[A-Za-z0-9._/-]+)?$")]
_Account = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+/[a-z0-9.-]+$")]
_RoleArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9_+=,.@/-]+$")
]


class Access(Settings):
    """Who may assume the role ``<stack>-orchestrator``, which runs the stack's pipelines alone."""

    issuer: _Issuer | None = None
    """OIDC issuer of the cluster that the orchestrator runs in, host and path without ``https://``;
    null for none. It may be another than ``kubernetes.issuer``, where the stack's own pods run."""
    service_accounts: tuple[_Account, ...] = ()
    """``namespace/name`` of each of the cluster's that may."""
    provider_exists: bool = True
    """The account has the issuer as an identity provider; false declares it, once per account."""
    role_arns: tuple[_RoleArn, ...] = ()
    """IAM roles that may: of a managed Airflow, of an instance."""

    @model_validator(mode="after")
    def _somebody_may(self) -> Self:
        if (self.issuer is None) != (not self.service_accounts):
            raise at(
                "service_accounts",
                "must be given with issuer, and only then",
                list(self.service_accounts),
                beside=("issuer",),
            )
        if self.issuer is None and not self.role_arns:
            raise at("role_arns", "must not be empty without issuer", list(self.role_arns))
        return self


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

    schedules: Literal["stack", "airflow"] = "stack"
    """Who starts by the clock what has a schedule, drift and batch scoring: with ``airflow`` the
    generated DAGs do, and the stack declares no schedule of these, so that nothing runs twice."""
    access: Access | None = None
    """Who runs the pipelines from outside, by a role of the stack's; null declares none."""
    airflow: Airflow = Airflow()
    """What generated DAGs are told."""
    kubeflow: Kubeflow = Kubeflow()
    """What generated Kubeflow pipelines are told."""
    feast: Feast = Feast()
    """What generated Feast repositories are told."""
