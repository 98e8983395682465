"""What ``components.experiment_tracking`` is in plain values."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.words import ExperimentTrackingSize


class ExperimentTrackingArgs(TypedDict):
    """Inputs of `ExperimentTracking`."""

    server_name: str
    """Name of the tracking server, part of its ARN; a change replaces it and loses its runs."""
    artifacts_bucket: pulumi.Input[str]
    """Bucket of the artifact store."""
    artifacts_prefix: str
    """Where artifacts start in it, without slashes at its ends; the server sees nothing else."""
    key_arn: pulumi.Input[str]
    """Customer key of the artifacts; what the server itself keeps, AWS encrypts with its own."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    size: NotRequired[ExperimentTrackingSize]
    """For some 25, 50 or 100 people; billed by the hour.

    By default `Small`."""
    mlflow_version: NotRequired[str]
    """`major.minor`; another replaces the server and loses its runs.

    By default `3.0`."""
    automatic_model_registration: NotRequired[bool]
    """Models logged to MLflow appear in SageMaker's registry too.

    By default `false`."""
    registered_group_prefix: NotRequired[str]
    """What the names of model package groups start with that such models may go to."""
    maintenance_window: NotRequired[str]
    """`Day:HH:MM` in UTC.

    By default `Sun:03:30`."""
    deletion_protection: NotRequired[bool]
    """Pulumi refuses to delete or replace the server.

    By default `true`."""


class ExperimentTrackingOutputs(TypedDict):
    """What ``ExperimentTracking`` gives."""

    server_arn: pulumi.Output[str]
    server_url: pulumi.Output[str]
    """Where people look at runs; known to AWS alone until the server stands."""
