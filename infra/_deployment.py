"""Who changes the stack: workflows on GitHub."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.deployment_access import DeploymentAccess, DeploymentAccessArgs
from infra._delivery import PIPELINE
from infra.deployment_actions import deployed_types, reading, writing
from stacks.config import StackConfig


def declare_deployment(
    config: StackConfig, tags: Mapping[str, str]
) -> Mapping[str, pulumi.Input[str]]:
    """Declare what deploys the stack, and return what it exports."""
    github = config.deployment.github
    if github is None or config.instance is not None:  # a short-lived one has its base's roles
        return {}
    types = {*deployed_types(), *([PIPELINE] if config.deployment.pipeline else [])}
    access = DeploymentAccess(
        "deployment",
        DeploymentAccessArgs(
            stack=config.stack,
            repository=github.repository,
            github_environment=config.environment,
            reading=reading(types),
            writing=writing(types),
            provider_exists=github.provider_exists,
            state_bucket=config.deployment.state_bucket,
            max_session_seconds=github.max_session_seconds,
            tags=tags,
        ),
    )
    return {
        "preview_role_arn": access.preview_role_arn,
        "deploy_role_arn": access.deploy_role_arn,
    }
