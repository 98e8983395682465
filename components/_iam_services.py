"""The permissions boundary of roles that AWS's services assume."""

from __future__ import annotations

from collections.abc import Sequence

from components._iam import allow, document, path
from components._place import Place

PASSED_TO = "sagemaker.amazonaws.com"
"""The one service that these roles pass roles to: pipelines their own, deliveries the model's."""


def policy_name(stack: str) -> str:
    """Return the name of a stack's boundary, by which the role that deploys knows it."""
    return f"{stack}-services"


def boundary(place: Place, stack: str, actions: Sequence[str]) -> str:
    """Return the document of the stack's boundary.

    Roles are passed to SageMaker alone, and a budget's action puts its policy on roles that have
    this boundary themselves.
    """
    roles, own = (place.global_arn("iam", f"role{below}*") for below in ("/", path(stack)))
    within = {"iam:PermissionsBoundary": place.global_arn("iam", f"policy/{policy_name(stack)}")}
    return document(
        # A boundary grants nothing; the roles' own policies say which resources.
        allow(*sorted(actions), on="*"),
        allow("iam:PassRole", on=own, when={"StringEquals": {"iam:PassedToService": PASSED_TO}}),
        allow(
            "iam:AttachRolePolicy",
            "iam:DetachRolePolicy",
            on=roles,
            when={"StringEquals": within},
        ),
    )
