"""What a delivery pipeline may do, and its builds with the artifacts that they hand on."""

from collections.abc import Sequence
from dataclasses import dataclass

from components._iam import Statement, allow, document, use_key, write_logs
from components._place import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryReach:
    """What the pipeline itself touches; all else is its builds'."""

    connection_arn: str | None
    """Connection that leads to the repository."""
    source_object: str | None
    """``bucket/key`` of a source in S3."""
    source_key_arn: str | None
    """Customer key of that object."""
    artifacts: str
    """``bucket/prefix`` of what stages hand on."""
    releases: str | None
    """``bucket/key`` that a delivered revision is put at."""
    data_key_arn: str
    """Customer key of both."""
    project_arns: Sequence[str]
    topic_arn: str
    """Where approvals are asked for."""
    key_arn: str
    """Customer key of the topic."""


def deliver_revisions(place: Place, reach: DeliveryReach) -> str:
    """Allow fetching the source, handing artifacts on, starting the builds and asking people."""
    bucket = reach.artifacts.partition("/")[0]
    return document(
        *_source(place, reach),
        allow("s3:GetBucketVersioning", "s3:GetBucketLocation", on=place.s3(bucket)),
        allow(
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:PutObject",
            on=place.s3(f"{reach.artifacts}*"),
        ),
        *(
            (allow("s3:PutObject", on=place.s3(reach.releases)),)
            if reach.releases is not None
            else ()
        ),
        use_key(reach.data_key_arn),
        allow("codebuild:BatchGetBuilds", "codebuild:StartBuild", on=list(reach.project_arns)),
        allow("sns:Publish", on=reach.topic_arn),
        use_key(reach.key_arn),
    )


def build_artifacts(  # noqa: PLR0913 - keywords, each with one meaning
    place: Place,
    *,
    artifacts: str,
    hands_on: bool,
    data_key_arn: str,
    key_arn: str,
    log_group: str,
) -> str:
    """Allow a build its input, its log and, with ``hands_on``, an artifact of its own."""
    writes = ("s3:PutObject",) if hands_on else ()
    return document(
        allow("s3:GetObject", "s3:GetObjectVersion", *writes, on=place.s3(f"{artifacts}*")),
        use_key(data_key_arn),
        use_key(key_arn),
        write_logs(place, log_group),
    )


def _source(place: Place, reach: DeliveryReach) -> Sequence[Statement]:
    if reach.connection_arn is not None:
        # The second prefix is the service's former name, which older connections still have.
        use = ("codeconnections:UseConnection", "codestar-connections:UseConnection")
        return (allow(*use, on=reach.connection_arn),)
    if reach.source_object is None:
        return ()
    bucket = reach.source_object.partition("/")[0]
    return (
        allow("s3:GetBucketVersioning", "s3:GetBucketLocation", on=place.s3(bucket)),
        allow("s3:GetObject", "s3:GetObjectVersion", on=place.s3(reach.source_object)),
        *(
            (allow("kms:Decrypt", on=reach.source_key_arn),)
            if reach.source_key_arn is not None
            else ()
        ),
    )
