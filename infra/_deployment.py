"""Who changes the stack: workflows on GitHub or GitLab."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.deployment_access import DeploymentAccess, DeploymentAccessArgs
from components.workflow_jobs import GitHubJobs, GitLabJobs
from infra._delivery import PIPELINE
from infra.deployment_actions import deployed_types, reading, writing
from stacks.config import StackConfig
from stacks.deployment import GitHub, GitLab


def declare_deployment(
    config: StackConfig, tags: Mapping[str, str]
) -> Mapping[str, pulumi.Input[str]]:
    """Declare what deploys the stack, and return what it exports."""
    outside = config.deployment.outside
    if outside is None or config.instance is not None:  # a short-lived one has its base's roles
        return {}
    types = {*deployed_types(), *([PIPELINE] if config.deployment.pipeline else [])}
    access = DeploymentAccess(
        "deployment",
        DeploymentAccessArgs(
            stack=config.stack,
            jobs=_jobs(outside, config.environment),
            reading=reading(types),
            writing=writing(types),
            provider_exists=outside.provider_exists,
            state_bucket=config.deployment.state_bucket,
            max_session_seconds=outside.max_session_seconds,
            tags=tags,
        ),
    )
    return {
        "preview_role_arn": access.preview_role_arn,
        "deploy_role_arn": access.deploy_role_arn,
    }


def _jobs(outside: GitHub | GitLab, environment: str) -> GitHubJobs | GitLabJobs:
    if isinstance(outside, GitHub):
        return GitHubJobs(
            repository=outside.repository,
            environment=environment,
            short_lived=outside.short_lived,
        )
    return GitLabJobs(
        project=outside.project,
        branch=outside.branch,
        host=outside.host,
        previewing=outside.previewing,
        short_lived=outside.short_lived,
    )
