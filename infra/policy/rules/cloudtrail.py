"""The record of who did what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from infra.policy.ask import each, get, is_set, is_true, known, must
from infra.policy.model import STACK, Check, Problem, Resource, Rule, Stack

TRAIL: Final = ("aws:cloudtrail/trail:Trail",)
BUCKET: Final = "aws:s3/bucket:Bucket"
ACCESS: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OBJECTS: Final = "AWS::S3::Object"
LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"


def _every_region(one: Resource, stack: Stack) -> Iterator[Problem]:
    del one
    trails = stack.of_type(*TRAIL)
    if not any(is_true(get(trail.props, "isMultiRegionTrail")) for trail in trails):
        yield Problem(what="a trail of every region must be declared")


def _any(_: Resource, stack: Stack) -> Iterator[Problem]:
    if not stack.of_type(*TRAIL):
        yield Problem(what="a trail must be declared")


def _bucket(token: str, what: str, *flags: str) -> Check:
    """Return a check of what must stand beside the bucket of a trail."""

    def check(one: Resource, stack: Stack) -> Iterator[Problem]:
        for bucket in stack.taken_from(one, "s3BucketName", BUCKET):
            settings = stack.beside(bucket, token, "bucket")
            if not settings or not all(
                is_true(get(setting.props, flag)) for setting in settings for flag in flags
            ):
                yield Problem(what=what, at=bucket.name)

    return check


def _fields(selector: Any) -> dict[str, Any]:
    return {str(known(get(one, "field"))): one for one in each(get(selector, "fieldSelectors"))}


def _objects(read_only: str) -> Check:
    """Return a check that reading, or writing, of objects is recorded."""

    def check(one: Resource, _: Stack) -> Iterator[Problem]:
        kinds = {"All", "ReadOnly" if read_only == "true" else "WriteOnly"}
        for selector in each(get(one.props, "eventSelectors")):
            data = [known(get(one, "type")) for one in each(get(selector, "dataResources"))]
            if OBJECTS in data and known(get(selector, "readWriteType")) in {*kinds, None}:
                return
        for selector in each(get(one.props, "advancedEventSelectors")):
            fields = _fields(selector)
            types = map(known, each(get(fields.get("resources.type"), "equals")))
            only = [str(known(one)).lower() for one in each(get(fields.get("readOnly"), "equals"))]
            if OBJECTS in types and (not only or read_only in only):
                return
        yield Problem(what="advancedEventSelectors must record AWS::S3::Object")

    return check


def _trail(identifier: str, title: str, path: str, rule: str, **more: Any) -> Rule:
    holds = more.pop("holds", is_set)
    return Rule(
        id=identifier,
        title=title,
        types=TRAIL,
        check=must(path, holds, rule),
        remedy=f"Set {path}",
        **more,
    )


RULES: Final = (
    Rule(
        id="CloudTrail.1",
        title="Changes in every region are recorded",
        types=(STACK,),
        check=_every_region,
        remedy="Have the account's own trail record every region",
        severity="advisory",
        beside=True,
    ),
    _trail(
        "CloudTrail.2", "Trails are encrypted with a customer key", "kmsKeyId", "a customer key"
    ),
    Rule(
        id="CloudTrail.3",
        title="There is a trail",
        types=(STACK,),
        check=_any,
        remedy="Set audit_trail to true",
        severity="advisory",
        beside=True,
    ),
    _trail(
        "CloudTrail.4",
        "Files of trails are validated",
        "enableLogFileValidation",
        "true",
        holds=is_true,
    ),
    _trail(
        "CloudTrail.5",
        "Trails can be searched in CloudWatch Logs",
        "cloudWatchLogsGroupArn",
        "a log group",
    ),
    Rule(
        id="CloudTrail.6",
        title="The bucket of a trail is not public",
        types=TRAIL,
        check=_bucket(
            ACCESS,
            "the bucket must block public access",
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
        ),
        remedy="Declare a BucketPublicAccessBlock with all four flags",
        beside=True,
    ),
    Rule(
        id="CloudTrail.7",
        title="Access to the bucket of a trail is logged",
        types=TRAIL,
        check=_bucket(LOGGING, "access to the bucket must be logged"),
        remedy="Declare a BucketLogging",
        beside=True,
    ),
    Rule(
        id="CIS 4.8",
        title="Who writes objects is recorded",
        types=TRAIL,
        check=_objects("false"),
        remedy="Give the trail a selector of AWS::S3::Object",
    ),
    Rule(
        id="CIS 4.9",
        title="Who reads objects is recorded",
        types=TRAIL,
        check=_objects("true"),
        remedy="Give the trail a selector of AWS::S3::Object",
    ),
)
