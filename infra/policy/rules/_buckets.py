"""How rules about buckets are written: S3 keeps a bucket's settings in resources beside it."""

from __future__ import annotations

from typing import Final

from infra.policy.model import Check, Rule, Severity

BUCKET: Final = ("aws:s3/bucket:Bucket",)


def bucket_rule(
    identifier: str,
    title: str,
    check: Check,
    remedy: str,
    *also: str,
    severity: Severity = "mandatory",
) -> Rule:
    """Return a rule of every bucket and of what stands beside it."""
    return Rule(
        id=identifier,
        title=title,
        types=BUCKET,
        check=check,
        remedy=remedy,
        severity=severity,
        also=also,
        beside=True,
    )
