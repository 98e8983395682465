"""The table of resource types, by Pulumi's type token."""

from __future__ import annotations

import difflib
import importlib
from functools import cache
from typing import Final

from infra.resources.handler import ResourceType

SERVICES: Final = (
    "apigateway",
    "apigateway_stages",
    "appautoscaling",
    "cloudtrail",
    "budgets",
    "cloudwatch",
    "codebuild",
    "codepipeline",
    "dynamodb",
    "ec2",
    "ec2_endpoints",
    "ec2_groups",
    "ecr",
    "events",
    "iam",
    "kinesis",
    "kms",
    "kubernetes",
    "lambda_",
    "mlops",
    "s3",
    "sagemaker",
    "sagemaker_studio",
    "scheduler",
    "sns",
    "sqs",
)
"""Modules of this package, each with its rows in ``TYPES``."""


def lookup(token: str) -> ResourceType:
    """Return the type of that token, for example ``aws:s3/bucket:Bucket``.

    Raises:
        LookupError: the table has no such type; names those that are close.
    """
    types = table()
    if token not in types:
        close = difflib.get_close_matches(token, types, n=3, cutoff=0.5)
        raise LookupError(f"no resource type {token!r} in the table, close: {close}")
    return types[token]


@cache
def table() -> dict[str, ResourceType]:
    """Return every resource type by its token."""
    modules = [importlib.import_module(f"infra.resources.{service}") for service in SERVICES]
    return {row.token: row for module in modules for row in module.TYPES}
