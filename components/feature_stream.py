"""A feature group fed by a stream, beside its batches."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._alarm import Watch, watch
from components._function import FunctionArgs, FunctionPlan, function
from components._iam_functions import StreamReach, Surroundings, ingest
from components._place import Place
from components._tags import stamp

QUARTER_HOUR_MILLISECONDS = 15 * 60 * 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureStreamArgs(FunctionArgs):
    """Inputs of :class:`FeatureStream`.

    Raises:
        ValueError: the retention is not Kinesis's, or fewer than one shard is asked for.
    """

    stream_name: str
    """Producers know the stream by it."""
    feature_group: pulumi.Input[str]
    """Group that the records go to."""
    data_key_arn: pulumi.Input[str]
    """Customer key of the stream and of the feature group."""
    log_group_name: str
    """Log group of the function."""
    shard_count: int | None = None
    """Shards, each 1 MB a second in; by default Kinesis scales them (on demand)."""
    retention_hours: int = 24
    """For which the stream keeps records, so that a broken function loses none (24-8760)."""
    batch_size: int = 100
    """Most records that the function is given at once (1-10000)."""
    window_seconds: int = 1
    """For which a batch may gather (0-300)."""
    max_retries: int = 5
    """Attempts after the first, before a batch that fails is given up (0-10000)."""
    max_age_hours: int = 24
    """After which a record that still fails is given up (1-168)."""
    deletion_protection: bool = True
    """Pulumi refuses to delete or replace the stream: either loses what was not read yet."""

    def __post_init__(self) -> None:
        if not 24 <= self.retention_hours <= 8760:  # noqa: PLR2004 - Kinesis's own
            raise ValueError(f"retention_hours must be 24-8760, got {self.retention_hours}")
        if self.shard_count is not None and self.shard_count < 1:
            raise ValueError(f"shard_count must be at least 1, got {self.shard_count}")


class FeatureStream(pulumi.ComponentResource):
    """A stream whose records a function checks and writes to a feature group, online and offline.

    A record that can never be written goes to the dead letters with its reason; what fails for now
    is split, tried again, and at last told there too.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    stream_name: pulumi.Output[str]
    stream_arn: pulumi.Output[str]
    dead_letters_arn: pulumi.Output[str]
    """Queue of records that were refused and batches that were given up."""

    def __init__(
        self, name: str, args: FeatureStreamArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:FeatureStream", name, {}, opts)
        tags = stamp(args.tags, component=name)
        stream = aws.kinesis.Stream(
            f"{name}-stream",
            name=args.stream_name,
            shard_count=args.shard_count,
            stream_mode_details={
                "stream_mode": "ON_DEMAND" if args.shard_count is None else "PROVISIONED"
            },
            retention_period=args.retention_hours,
            encryption_type="KMS",
            kms_key_id=args.data_key_arn,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection),
        )
        consumer = function(
            name,
            args,
            FunctionPlan(
                description=f"Writes {args.stream_name} to its feature group",
                environment={"FEATURE_GROUP": args.feature_group},
                dead_letters_variable="DEAD_LETTERS_URL",
                log_group_name=args.log_group_name,
                reserved_concurrency=10,
                timeout_seconds=120,
                memory_mib=512,
                tags=tags,
                parent=self,
            ),
            lambda place, around: _policy(args, stream, place, around),
        )
        if args.alerting is not None:
            behind = Watch(
                runbook="stream-behind",
                description=f"The oldest record of {args.stream_name} waits for a quarter hour",
                namespace="AWS/Kinesis",
                metric="GetRecords.IteratorAgeMilliseconds",
                dimensions={"StreamName": stream.name},
                threshold=QUARTER_HOUR_MILLISECONDS,
                statistic="Maximum",
            )
            watch(f"{name}-behind", behind, args.alerting, tags=tags, parent=self)
        letters = consumer.dead_letter_config.apply(_target)
        aws.lambda_.EventSourceMapping(
            f"{name}-source",
            event_source_arn=stream.arn,
            function_name=consumer.arn,
            starting_position="TRIM_HORIZON",
            batch_size=args.batch_size,
            maximum_batching_window_in_seconds=args.window_seconds,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=args.max_retries,
            maximum_record_age_in_seconds=args.max_age_hours * 3600,
            function_response_types=["ReportBatchItemFailures"],
            destination_config={"on_failure": {"destination_arn": letters}},
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.stream_name = stream.name
        self.stream_arn = stream.arn
        self.dead_letters_arn = letters
        self.register_outputs(
            {
                "stream_name": self.stream_name,
                "stream_arn": self.stream_arn,
                "dead_letters_arn": self.dead_letters_arn,
            }
        )


def _target(config: aws.lambda_.outputs.FunctionDeadLetterConfig | None) -> str:
    assert config is not None, "every function has its dead letters"  # noqa: S101 - narrows
    return config.target_arn


def _policy(
    args: FeatureStreamArgs, stream: aws.kinesis.Stream, place: Place, around: Surroundings
) -> pulumi.Output[str]:
    return pulumi.Output.all(stream.arn, args.feature_group, args.data_key_arn).apply(
        lambda known: ingest(
            place,
            around,
            StreamReach(stream_arn=known[0], feature_group=known[1], data_key_arn=known[2]),
        )
    )
