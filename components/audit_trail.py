"""Who read or wrote a stack's data, and who changed what in its account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components._bucket import BucketPlan, private_bucket
from components._iam import document, trust, write_logs
from components._iam_audit import deliveries
from components._place import here
from components._tags import stamp

if TYPE_CHECKING:
    _Selector = aws.cloudtrail.TrailAdvancedEventSelectorArgsDict


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditTrailArgs:
    """Inputs of :class:`AuditTrail`.

    Raises:
        ValueError: no bucket is named, or both ``deletion_protection`` and ``force_destroy`` are
            asked for.
    """

    trail_name: str
    """Name of the trail, one per account and region."""
    buckets: Sequence[pulumi.Input[str]]
    """Names of the buckets whose objects are watched; each access is an event that is billed."""
    access_log_bucket: pulumi.Input[str]
    """Bucket that takes the access logs of the trail's own bucket."""
    key_arn: pulumi.Input[str]
    """Customer key of what is recorded; CloudTrail and CloudWatch Logs must be let use it."""
    log_group_name: str
    """Log group that events reach within minutes, to search and alarm on."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    log_retention_days: int = 365
    record_retention_days: int = 731
    noncurrent_retention_days: int = 90
    deletion_protection: bool = True
    """Pulumi refuses to delete the records' bucket."""
    force_destroy: bool = False
    """Records go with their bucket."""

    def __post_init__(self) -> None:
        if not self.buckets:
            raise ValueError("buckets must name one bucket or more, got none")
        if self.deletion_protection and self.force_destroy:
            raise ValueError("force_destroy must be false with deletion_protection, got true")


class AuditTrail(pulumi.ComponentResource):
    """A trail whose files prove that nobody changed them: reads and writes of objects, and changes.

    It watches the given buckets' objects and every change that the account's APIs make: features,
    models, approvals, policies. Reads of those APIs are the account's own trail's.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    trail_arn: pulumi.Output[str]
    record_bucket: pulumi.Output[str]

    def __init__(
        self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:AuditTrail", name, {}, opts)
        tags = stamp(args.tags, component=name)
        child = pulumi.ResourceOptions(parent=self)
        records = private_bucket(
            f"{name}-records",
            BucketPlan(
                tags=tags,
                parent=self,
                key_arn=args.key_arn,
                logs=args.access_log_bucket,
                allowed=lambda place, arn: deliveries(
                    place, bucket_arn=arn, trail_name=args.trail_name
                ),
                noncurrent_days=args.noncurrent_retention_days,
                expire_days=args.record_retention_days,
                force_destroy=args.force_destroy,
                protect=args.deletion_protection,
            ),
        )
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=args.log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            tags=tags,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=here().apply(lambda at: trust("cloudtrail.amazonaws.com", at)),
            tags=tags,
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=pulumi.Output.all(here(), logs.name).apply(
                lambda both: document(write_logs(*both))
            ),
            opts=child,
        )
        trail = aws.cloudtrail.Trail(
            f"{name}-trail",
            name=args.trail_name,
            s3_bucket_name=records.bucket.bucket,
            kms_key_id=args.key_arn,
            enable_log_file_validation=True,
            cloud_watch_logs_group_arn=pulumi.Output.concat(logs.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            advanced_event_selectors=_watched(args.buckets),
            tags=tags,
            # CreateTrail checks that it may deliver to the bucket, and to the log group.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[records.policy, policy]),
        )
        self.trail_arn = trail.arn
        self.record_bucket = records.bucket.bucket
        self.register_outputs({"trail_arn": self.trail_arn, "record_bucket": self.record_bucket})


def _watched(buckets: Sequence[pulumi.Input[str]]) -> list[_Selector]:
    names = pulumi.Output.all(*buckets)
    below = pulumi.Output.all(place=here(), buckets=names).apply(
        lambda known: [known["place"].s3(f"{bucket}/") for bucket in known["buckets"]]
    )
    return [
        {
            "name": "Objects that are read or written",
            "field_selectors": [
                {"field": "eventCategory", "equals": ["Data"]},
                {"field": "resources.type", "equals": ["AWS::S3::Object"]},
                {"field": "resources.ARN", "starts_withs": below},
            ],
        },
        {
            "name": "Changes that APIs make",
            "field_selectors": [
                {"field": "eventCategory", "equals": ["Management"]},
                {"field": "readOnly", "equals": ["false"]},
            ],
        },
    ]
