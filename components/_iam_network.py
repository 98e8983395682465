"""Policies of a network: what passes its endpoints, and who writes its flow logs."""

from __future__ import annotations

from collections.abc import Sequence

from components._iam import Statement, allow, allow_principal, document
from components._place import Place

_EVERYONE = {"AWS": "*"}
"""Endpoint policies take no narrower principal for roles yet to come; conditions narrow it."""


def endpoint(place: Place) -> str:
    """Let this account's roles reach what this account owns, and nothing else, through here."""
    return document(_own(place))


def object_store(place: Place, *, images: bool) -> str:
    """Let the same through to S3, and with ``images`` the layers of ECR's own bucket."""
    layers = place.s3(f"prod-{place.region}-starport-layer-bucket/*")
    statements: Sequence[Statement] = (
        (allow_principal(_EVERYONE, "s3:GetObject", on=layers, sid="LayersOfImages"),)
        if images
        else ()
    )
    return document(_own(place), *statements)


def flow_logs(log_group_arn: str) -> str:
    """Allow writing the streams of one log group."""
    return document(
        allow(
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
            on=[log_group_arn, f"{log_group_arn}:*"],
        )
    )


def _own(place: Place) -> Statement:
    account = {"aws:PrincipalAccount": place.account_id, "aws:ResourceAccount": place.account_id}
    return allow_principal(
        _EVERYONE,
        "*",
        on="*",  # the service itself, whose actions IAM's policies decide
        when={"StringEquals": account},
        sid="OfThisAccount",
    )
