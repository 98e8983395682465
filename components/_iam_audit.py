"""Policies of an audit trail: what CloudTrail may write, and where."""

from __future__ import annotations

from components._iam import Statement, allow_principal
from components._place import Place


def trail_arn(place: Place, name: str) -> str:
    """Return the ARN of a trail, which its bucket and key name before it stands."""
    return place.arn("cloudtrail", f"trail/{name}")


def deliveries(place: Place, *, bucket_arn: str, trail_name: str) -> tuple[Statement, ...]:
    """Let CloudTrail deliver one trail's files to a bucket."""
    cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
    of_trail = {"aws:SourceArn": trail_arn(place, trail_name)}
    return (
        allow_principal(
            cloudtrail,
            "s3:GetBucketAcl",
            on=bucket_arn,
            when={"StringEquals": of_trail},
            sid="TrailLooks",
        ),
        allow_principal(
            cloudtrail,
            "s3:PutObject",
            on=f"{bucket_arn}/AWSLogs/{place.account_id}/*",
            when={"StringEquals": {**of_trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
            sid="TrailDelivers",
        ),
    )
