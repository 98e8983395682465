"""What Airflow or Kubeflow runs a stack's pipelines as: one role that can do nothing beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._iam_orchestrator import AUDIENCE, run_pipelines, trust_orchestrator
from components._place import here
from components._tags import stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class OrchestratorAccessArgs:
    """Inputs of :class:`OrchestratorAccess`.

    Raises:
        ValueError: nobody may assume the role, or an issuer has no service accounts.
    """

    role_name: str
    """Known to who configures the orchestrator."""
    pipeline_arns: Sequence[pulumi.Input[str]]
    """Pipelines that it starts, watches and stops."""
    role_arns: Sequence[str]
    """Roles that may assume it: that of a managed Airflow, of an instance; may be empty."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    issuer: str | None = None
    """Host and path of the cluster's OIDC issuer, without ``https://``."""
    service_accounts: Sequence[str] = ()
    """``namespace/name`` of each of the cluster's that may assume the role."""
    provider_exists: bool = True
    """The account has the issuer as an identity provider already; it takes one for each."""

    def __post_init__(self) -> None:
        if (self.issuer is None) != (not self.service_accounts):
            raise ValueError(
                "service_accounts must be given with issuer and only then,"
                f" got {self.issuer!r} and {list(self.service_accounts)}"
            )
        if self.issuer is None and not self.role_arns:
            raise ValueError("role_arns must not be empty without an issuer, got []")


class OrchestratorAccess(pulumi.ComponentResource):
    """A role for the orchestrator that a team has: it runs the stack's pipelines, and no other's.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: OrchestratorAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:OrchestratorAccess", name, {}, opts)
        tags = stamp(args.tags, component=name)
        child = pulumi.ResourceOptions(parent=self)
        subjects = [
            f"system:serviceaccount:{one.replace('/', ':')}" for one in args.service_accounts
        ]
        role = aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description="Starts, watches and stops the stack's pipelines",
            assume_role_policy=pulumi.Output.from_input(self._trusted(name, args, tags)).apply(
                lambda arn: trust_orchestrator(
                    provider_arn=arn, issuer=args.issuer, subjects=subjects, roles=args.role_arns
                )
            ),
            tags=tags,
            opts=child,
        )
        aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=pulumi.Output.all(*args.pipeline_arns).apply(run_pipelines),
            opts=child,
        )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})

    def _trusted(
        self, name: str, args: OrchestratorAccessArgs, tags: Mapping[str, str]
    ) -> pulumi.Input[str] | None:
        issuer = args.issuer
        if issuer is None:
            return None
        if args.provider_exists:
            return here().apply(
                lambda at: f"arn:{at.partition}:iam::{at.account_id}:oidc-provider/{issuer}"
            )
        return aws.iam.OpenIdConnectProvider(
            f"{name}-issuer",
            url=f"https://{issuer}",
            client_id_lists=[AUDIENCE],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        ).arn
