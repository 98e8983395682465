"""Managed MLflow: where runs and their measurements are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components._iam import trust
from components._iam_metadata import track
from components._place import here
from components._tags import stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperimentTrackingArgs:
    """Inputs of :class:`ExperimentTracking`."""

    server_name: str
    """Name of the tracking server, part of its ARN; a change replaces it and loses its runs."""
    artifacts_bucket: pulumi.Input[str]
    """Bucket of the artifact store."""
    artifacts_prefix: str
    """Where artifacts start in it, without slashes at its ends; the server sees nothing else."""
    key_arn: pulumi.Input[str]
    """Customer key of the artifacts; what the server itself keeps, AWS encrypts with its own."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    size: Literal["Small", "Medium", "Large"] = "Small"
    """For some 25, 50 or 100 people; billed by the hour."""
    mlflow_version: str = "3.0"
    """``major.minor``; another replaces the server and loses its runs."""
    automatic_model_registration: bool = False
    """Models logged to MLflow appear in SageMaker's registry too."""
    registered_group_prefix: str = ""
    """What the names of model package groups start with that such models may go to."""
    maintenance_window: str = "Sun:03:30"
    """``Day:HH:MM`` in UTC."""
    deletion_protection: bool = True
    """Pulumi refuses to delete or replace the server."""


class ExperimentTracking(pulumi.ComponentResource):
    """A tracking server with a role that reaches its own artifacts and no other object.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    server_arn: pulumi.Output[str]
    server_url: pulumi.Output[str]
    """Where people look at runs; known to AWS alone until the server stands."""

    def __init__(
        self, name: str, args: ExperimentTrackingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:ExperimentTracking", name, {}, opts)
        tags = stamp(args.tags, component=name)
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=here().apply(lambda place: trust("sagemaker.amazonaws.com", place)),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=_policy(args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        server = aws.sagemaker.MlflowTrackingServer(
            f"{name}-server",
            tracking_server_name=args.server_name,
            artifact_store_uri=pulumi.Output.concat(
                "s3://", args.artifacts_bucket, "/", args.artifacts_prefix
            ),
            role_arn=role.arn,
            tracking_server_size=args.size,
            mlflow_version=args.mlflow_version,
            automatic_model_registration=args.automatic_model_registration,
            weekly_maintenance_window_start=args.maintenance_window,
            tags=tags,
            # The server checks when it starts that it can reach its artifacts.
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.deletion_protection, depends_on=[policy]
            ),
        )
        self.server_arn = server.arn
        self.server_url = server.tracking_server_url
        self.register_outputs({"server_arn": self.server_arn, "server_url": self.server_url})


def _policy(args: ExperimentTrackingArgs) -> pulumi.Output[str]:
    return pulumi.Output.all(
        place=here(),
        artifacts=pulumi.Output.concat(args.artifacts_bucket, f"/{args.artifacts_prefix}/"),
        key_arn=args.key_arn,
    ).apply(
        lambda known: track(
            known["place"],
            artifacts=known["artifacts"],
            key_arn=known["key_arn"],
            registers=args.automatic_model_registration,
            model_package_groups=args.registered_group_prefix,
        )
    )
