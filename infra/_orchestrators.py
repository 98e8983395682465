"""What the orchestrator that a team has may run of its stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.orchestrator_access import OrchestratorAccess, OrchestratorAccessArgs
from stacks.config import StackConfig


def by_the_clock(config: StackConfig, expression: str) -> str | None:
    """Return when the stack itself starts a pipeline; ``None`` where an orchestrator does."""
    return expression if config.orchestrators.schedules == "stack" else None


def declare_orchestrator(
    config: StackConfig, pipeline_arns: Sequence[pulumi.Input[str]], tags: Mapping[str, str]
) -> Mapping[str, pulumi.Input[str]]:
    """Declare its role where the settings name who takes it, and return what the stack exports."""
    given = config.orchestrators.access
    if given is None:
        return {}
    access = OrchestratorAccess(
        "orchestrator",
        OrchestratorAccessArgs(
            role_name=f"{config.stack}-orchestrator",
            pipeline_arns=pipeline_arns,
            issuer=given.issuer,
            service_accounts=given.service_accounts,
            provider_exists=given.provider_exists,
            role_arns=given.role_arns,
            tags=tags,
        ),
    )
    return {"orchestrator_role_arn": access.role_arn}
