"""Where a stack is deployed, and by which roles: what a workflow has to know beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import boto3

from stacks.errors import StackError
from stacks.layers import load


class PlaceError(StackError):
    """A stack's settings do not say where it is deployed."""


def place(stack: str, root: Path) -> Mapping[str, str]:
    """Return region, environment and the ARNs of the roles that preview and deploy.

    Raises:
        PlaceError: the settings do not name the environment's account.
        StackError: the stack is unknown or its files break rules.
    """
    config = load(stack, root).config
    account = config.accounts.get(config.environment)
    if account is None:
        raise PlaceError(f"{stack}: accounts.{config.environment} must be set, got null")
    partition = boto3.Session().get_partition_for_region(config.region)
    role = f"arn:{partition}:iam::{account}:role/{config.name.base}"
    return {
        "environment": config.environment,
        "region": config.region,
        "preview_role": f"{role}-preview",
        "deploy_role": f"{role}-deploy",
    }
