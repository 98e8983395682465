"""The record of who did what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from infra.policy.ask import each, get, is_own_key, is_set, is_true, known, must
from infra.policy.model import STACK, Check, Problem, Resource, Rule, Stack, UndecidedError

TRAIL: Final = ("aws:cloudtrail/trail:Trail",)
BUCKET: Final = "aws:s3/bucket:Bucket"
ACCESS: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OBJECTS: Final = "AWS::S3::Object"
LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"


def _records(trail: Resource) -> bool:
    return known(get(trail.props, "enableLogging")) is not False


def _records_all_calls(trail: Resource) -> bool:
    """Tell whether calls of APIs are recorded that read, and those that write."""
    selectors = each(get(trail.props, "advancedEventSelectors"))
    if selectors:
        return any(
            "Management" in map(known, each(get(fields.get("eventCategory"), "equals")))
            and "readOnly" not in fields
            for fields in map(_fields, selectors)
        )
    selectors = each(get(trail.props, "eventSelectors"))
    return not selectors or any(
        known(get(selector, "includeManagementEvents")) is not False
        and known(get(selector, "readWriteType")) in {None, "All"}
        for selector in selectors
    )


def _every_region(_: Resource, stack: Stack) -> Iterator[Problem]:
    if not any(
        is_true(get(trail.props, "isMultiRegionTrail"))
        and _records(trail)
        and _records_all_calls(trail)
        for trail in stack.of_type(*TRAIL)
    ):
        yield Problem(what="a trail must record all calls in every region")


def _any(_: Resource, stack: Stack) -> Iterator[Problem]:
    if not any(map(_records, stack.of_type(*TRAIL))):
        yield Problem(what="a trail that is switched on must be declared")


def _bucket(token: str, what: str, *flags: str) -> Check:
    """Return a check of what must stand beside the bucket of a trail."""

    def check(one: Resource, stack: Stack) -> Iterator[Problem]:
        buckets = stack.taken_from(one, "s3BucketName", BUCKET)
        if not buckets:
            raise UndecidedError("a bucket of another stack")
        for bucket in buckets:
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
        if not _records(one):
            yield Problem(what="enableLogging must be true", found=False)
            return
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
        title="Calls in every region are recorded",
        types=(STACK,),
        check=_every_region,
        remedy="Have the account's own trail record every region",
        severity="advisory",
        beside=True,
    ),
    _trail(
        "CloudTrail.2",
        "Trails are encrypted with a customer key",
        "kmsKeyId",
        "a customer key",
        holds=is_own_key,
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
