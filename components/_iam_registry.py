"""Policies of repositories of images: who else pulls, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence

from components._iam import allow_principal, document
from components._place import Place

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def pull(place: Place, *, accounts: Sequence[str]) -> str:
    """Let roles of other accounts pull that their own IAM policies let; none may push."""
    roots = [f"arn:{place.partition}:iam::{account}:root" for account in accounts]
    statement = allow_principal({"AWS": roots}, *PULL, on="", sid="OtherAccountsPull")  # type: ignore[dict-item]  # IAM takes a list
    # A repository's policy stands on it and takes no resource.
    return document({key: value for key, value in statement.items() if key != "Resource"})


def lifecycle(*, keep_count: int, untagged_days: int) -> str:
    """Return ECR's rules: what lost its tag goes after days, the oldest beyond a number goes."""
    rules = [
        {
            "rulePriority": 1,
            "description": "What no tag names",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": untagged_days,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": "What is older than those that a rollback would need",
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["*"],
                "countType": "imageCountMoreThan",
                "countNumber": keep_count,
            },
            "action": {"type": "expire"},
        },
    ]
    return json.dumps({"rules": rules}, sort_keys=True)
