"""Where a stack is deployed, and by which roles: what a workflow has to know beforehand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import boto3
from botocore.exceptions import UnknownRegionError

from infra.job_secrets import keep
from stacks.errors import StackError
from stacks.layers import load

SESSION_SECONDS: Final = 3600
"""How long a role may be had whose settings are not here: what IAM sets by itself."""


class PlaceError(StackError):
    """A stack's settings do not say where it is deployed."""


def assumed(stack: str, role: str, root: Path) -> Mapping[str, str]:
    """Return the variables by which AWS's SDKs take a role with the job's own identity token.

    Raises:
        PlaceError: the job has no token, or the settings do not name the environment's account.
        StackError: the stack is unknown or its files break rules.
    """
    found = place(stack, root)
    token = os.environ.get("AWS_TOKEN")
    if not token:
        raise PlaceError("AWS_TOKEN must be the job's identity token (id_tokens), got none")
    file = root / ".mlops" / "identity-token"
    keep(file, token)
    return {
        "AWS_REGION": found["region"],
        "AWS_ROLE_ARN": found[f"{role}_role"],
        "AWS_ROLE_SESSION_NAME": f"gitlab-{role}",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
    }


def place(stack: str, root: Path) -> Mapping[str, str]:
    """Return the region, the roles' ARNs and for how long a job may have one.

    Raises:
        PlaceError: the settings do not name the environment's account, or a region of AWS's.
        StackError: the stack is unknown or its files break rules.
    """
    config = load(stack, root).config
    account = config.accounts.get(config.environment)
    if account is None:
        raise PlaceError(f"{stack}: accounts.{config.environment} must be set, got null")
    outside = config.deployment.outside
    try:
        partition = boto3.Session().get_partition_for_region(config.region)
    except UnknownRegionError:
        raise PlaceError(f"{stack}: region must be one of AWS's, got {config.region!r}") from None
    role = f"arn:{partition}:iam::{account}:role/{config.name.base}"
    return {
        "region": config.region,
        "preview_role": f"{role}-preview",
        "deploy_role": f"{role}-deploy",
        "session_seconds": str(outside.max_session_seconds if outside else SESSION_SECONDS),
    }
