"""Policies of keys, buckets and queues: who may use them at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from components._iam import Statement, allow_principal, deny_everyone, document
from components._iam_promotion import decryption_for
from components._place import Place
from components._tags import another, whose
from components.downstream import Downstream

ADMINISTER_KEY: Final = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""All that concerns the key and nothing that it encrypts."""
USE_KEY: Final = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def key_policy(
    place: Place,
    *,
    services: Sequence[str] = (),
    used_through: Sequence[str] = (),
    downstream: Downstream | None = None,
) -> str:
    """Let this account's IAM policies decide who administers and who uses the key.

    ``services`` (``logs``, ``events``, ``cloudtrail``, ``cloudwatch``, ``budgets``) act with no
    role of ours and use it for this account; ``used_through`` (``s3``, ...) are those on whose
    behalf alone roles use it, any when empty. ``downstream`` may decrypt what it reads of another
    account's buckets.

    Raises:
        ValueError: one of ``services`` is not of those.
    """
    account = {"AWS": f"arn:{place.partition}:iam::{place.account_id}:root"}
    via = [f"{service}.{place.region}.amazonaws.com" for service in used_through]
    return document(
        # A key policy's "*" is the key it stands on. Naming the account lets IAM policies count;
        # a key whose own policy named its administrators would be lost when these are gone.
        allow_principal(account, *ADMINISTER_KEY, on="*", sid="IamSaysWhoAdministers"),
        allow_principal(
            account,
            *USE_KEY,
            on="*",  # the key itself
            when={"StringEquals": {"kms:ViaService": via}} if via else None,
            sid="IamSaysWhoUses",
        ),
        allow_principal(
            account,
            "kms:CreateGrant",
            on="*",  # the key itself
            when={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            sid="IamSaysWhoLends",
        ),
        *(_service_use(place, service) for service in services),
        *(() if downstream is None else (decryption_for(place, downstream),)),
    )


def _service_use(place: Place, service: str) -> Statement:
    match service:
        case "logs":
            groups = place.arn("logs", "log-group:*")
            return allow_principal(
                {"Service": f"logs.{place.region}.amazonaws.com"},
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
                "kms:GenerateDataKey",
                "kms:DescribeKey",
                on="*",  # the key itself
                when={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
                sid="LogGroupsOfThisAccount",
            )
        case "events":
            return allow_principal(
                {"Service": "events.amazonaws.com"},
                "kms:Decrypt",
                "kms:GenerateDataKey",
                on="*",  # the key itself
                when={"StringEquals": {"aws:SourceAccount": place.account_id}},
                sid="DeadLettersOfThisAccount",
            )
        case "cloudtrail":
            trails = place.arn("cloudtrail", "trail/*")
            return allow_principal(
                {"Service": "cloudtrail.amazonaws.com"},
                "kms:GenerateDataKey",
                "kms:DescribeKey",
                on="*",  # the key itself
                when={"ArnLike": {"aws:SourceArn": trails}},
                sid="TrailsOfThisAccount",
            )
        case "cloudwatch" | "budgets":
            return allow_principal(
                {"Service": f"{service}.amazonaws.com"},
                "kms:Decrypt",
                "kms:GenerateDataKey",
                on="*",  # the key itself
                when={"StringEquals": {"aws:SourceAccount": place.account_id}},
                sid=f"{service.capitalize()}TellsTopics",
            )
        case _:
            known = ["budgets", "cloudtrail", "cloudwatch", "events", "logs"]
            raise ValueError(f"services must be of {known}, got {service!r}")


def bucket_policy(
    bucket_arn: str,
    *allowed: Statement,
    tags: Mapping[str, str],
    readers: str | None = None,
) -> str:
    """Refuse what comes in the clear or with TLS older than 1.2, and allow what is given.

    Roles that bear other ``tags`` are refused whatever their own policies say: S3 asks those by
    names alone, which Pulumi makes. ``readers`` is the pattern of ARNs of another environment's
    roles that are not.
    """
    everything = [bucket_arn, f"{bucket_arn}/*"]
    return document(*_only_tls(everything), *_only_own(everything, tags, readers), *allowed)


def access_logs(place: Place, bucket_arn: str) -> Sequence[Statement]:
    """Let S3 write access logs of this account's buckets."""
    return (
        allow_principal(
            {"Service": "logging.s3.amazonaws.com"},
            "s3:PutObject",
            on=f"{bucket_arn}/*",
            when={"StringEquals": {"aws:SourceAccount": place.account_id}},
            sid="AccessLogs",
        ),
    )


def _only_own(
    everything: Sequence[str], tags: Mapping[str, str], readers: str | None
) -> Sequence[Statement]:
    excused = {} if readers is None else {"ArnNotLike": {"aws:PrincipalArn": readers}}
    return [
        deny_everyone(
            "s3:*",
            on=everything,
            when={
                **another("Principal", key, value),
                **(excused if key == "environment" else {}),
            },
            sid=f"OnlyOwn{key.title()}",
        )
        for key, value in whose(tags).items()
    ]


def _only_tls(everything: Sequence[str]) -> Sequence[Statement]:
    return (
        deny_everyone(
            "s3:*", on=everything, when={"Bool": {"aws:SecureTransport": "false"}}, sid="OnlyTls"
        ),
        deny_everyone(
            "s3:*",
            on=everything,
            when={"NumericLessThan": {"s3:TlsVersion": "1.2"}},
            sid="OnlyTls12",
        ),
    )


def dead_letters(queue_arn: str, place: Place) -> str:
    """Let EventBridge leave what it could not deliver, over TLS only."""
    return document(
        allow_principal(
            {"Service": "events.amazonaws.com"},
            "sqs:SendMessage",
            on=queue_arn,
            when={"ArnLike": {"aws:SourceArn": place.arn("events", "rule/*")}},
            sid="EventBridge",
        ),
        deny_everyone(
            "sqs:*", on=queue_arn, when={"Bool": {"aws:SecureTransport": "false"}}, sid="OnlyTls"
        ),
    )
