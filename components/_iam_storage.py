"""Policies of keys, buckets and queues: who may use them at all."""

from collections.abc import Sequence

from components._iam import Statement, allow_principal, deny_everyone, document
from components._place import Place


def key_policy(place: Place, *, services: Sequence[str] = ()) -> str:
    """Let this account's IAM policies decide, and the named services use the key for it.

    ``services`` are of ``logs`` and ``events``, those that act with no role of ours.

    Raises:
        ValueError: a service is not one of these.
    """
    root = f"arn:{place.partition}:iam::{place.account_id}:root"
    return document(
        # A key policy's "*" is the key it stands on. Without this statement no IAM policy
        # counts, and a key whose administrators are gone is lost with all it encrypts.
        allow_principal({"AWS": root}, "kms:*", on="*", sid="AccountDecides"),
        *(_service_use(place, service) for service in services),
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
        case _:
            raise ValueError(f"services must be of ['events', 'logs'], got {service!r}")


def bucket_policy(bucket_arn: str) -> str:
    """Refuse what comes in the clear, or with a version of TLS older than 1.2."""
    everything = [bucket_arn, f"{bucket_arn}/*"]
    return document(*_only_tls(everything))


def log_bucket_policy(bucket_arn: str, place: Place) -> str:
    """Let S3 write access logs of this account's buckets, and nothing come in the clear."""
    return document(
        *_only_tls([bucket_arn, f"{bucket_arn}/*"]),
        allow_principal(
            {"Service": "logging.s3.amazonaws.com"},
            "s3:PutObject",
            on=f"{bucket_arn}/*",
            when={"StringEquals": {"aws:SourceAccount": place.account_id}},
            sid="AccessLogs",
        ),
    )


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
