"""Who gets into buckets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.policy.ask import beside, each, get, is_set, is_true, known, must, one_of
from infra.policy.documents import (
    EVERYTHING,
    allows,
    denies_clear_text,
    everyone,
    names_whom,
    statements,
)
from infra.policy.model import SAME, Check, Problem, Resource, Rule, Stack, Statement
from infra.policy.rules._buckets import BUCKET, bucket_rule

ACCESS: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OWNERSHIP: Final = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
WEBSITE: Final = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"
PUBLIC: Final = ("/global/AllUsers", "/global/AuthenticatedUsers")
"""Groups of S3's that hold everybody, or everybody with any AWS account."""
BLOCKS: Final = (
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
)
READS: Final = frozenset(
    {
        "s3:GetBucketLocation",
        "s3:GetBucketVersioning",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:ListBucket",
    }
)
"""What another account may be let do with a bucket: nothing of it changes the bucket."""


def _blocks(*flags: str) -> Check:
    def check(one: Resource, _: Stack) -> Iterator[Problem]:
        for flag in flags:
            if not is_true(get(one.props, flag)):
                yield Problem(what=f"{flag} must be true", found=get(one.props, flag), at=flag)

    return check


def _tls(one: Resource, _: Stack) -> Iterator[Problem]:
    if not denies_clear_text(one, "s3:*", with_objects=True):
        yield Problem(
            what="the policy must deny all of s3:* on bucket and objects"
            " where aws:SecureTransport is false, and nowhere else"
        )


def _others_only_read(one: Resource, _: Stack) -> Iterator[Problem]:
    for name, statement in statements(one):
        more = sorted(set(map(str, statement["Action"])) - READS)
        if allows(statement) and set(statement["Principal"]) != {"Service"} and more:
            yield Problem(what="other accounts must only read", found=more, at=name)


def _locked_out(statement: Statement) -> bool:
    return bool(
        statement.get("Effect") == "Deny"
        and everyone(statement)
        and {"s3:*", *EVERYTHING} & set(statement["Action"])
        and not is_set(statement.get("Condition"))
    )


def _no_lockout(one: Resource, _: Stack) -> Iterator[Problem]:
    for name, statement in statements(one):
        if _locked_out(statement):
            yield Problem(what="the policy must not deny everything to everyone", at=name)


def _leaves_no_block_out(one: Resource, _: Stack) -> Iterator[Problem]:
    for flag in BLOCKS:
        path = f"publicAccessBlockConfiguration.{flag}"
        if known(get(one.props, path)) is False:  # what is left out is on
            yield Problem(what=f"{path} must be true", found=False, at=flag)


def _acl_is_private(one: Resource, _: Stack) -> Iterator[Problem]:
    acl = get(one.props, "acl")
    if is_set(acl) and not one_of("private", "log-delivery-write")(acl):
        yield Problem(what="acl must not be public", found=acl)
    for grant in (
        *each(get(one.props, "grants")),
        *each(get(one.props, "accessControlPolicy.grants")),
    ):
        group = known(get(grant, "uri")) or known(get(grant, "grantee.uri"))
        if str(group).endswith(PUBLIC):
            yield Problem(what="no grant must be everybody's", found=group)


def _serves_no_website(one: Resource, _: Stack) -> Iterator[Problem]:
    if SAME.get(one.type, one.type) == WEBSITE or is_set(get(one.props, "website")):
        yield Problem(what="no bucket must be a website")


BLOCK: Final = "Declare a BucketPublicAccessBlock with all four flags"
RULES: Final = (
    Rule(
        id="S3.1",
        title="The account blocks public access to all its buckets",
        types=("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",),
        check=_blocks(*BLOCKS),
        remedy="Set all four flags",
    ),
    bucket_rule(
        "S3.2",
        "Nobody reads a bucket without being named",
        beside(
            ACCESS,
            "bucket",
            "a public access block must be declared",
            _blocks("ignorePublicAcls", "restrictPublicBuckets"),
        ),
        BLOCK,
        "CKV_AWS_55",
        "CKV_AWS_56",
    ),
    bucket_rule(
        "S3.3",
        "Nobody writes to a bucket without being named",
        beside(
            ACCESS,
            "bucket",
            "a public access block must be declared",
            _blocks("blockPublicAcls", "blockPublicPolicy"),
        ),
        BLOCK,
        "CKV_AWS_53",
        "CKV_AWS_54",
    ),
    bucket_rule(
        "S3.5",
        "Buckets take no request without TLS",
        beside(POLICY, "bucket", "a bucket policy must be declared", _tls),
        "Deny s3:* to everyone where aws:SecureTransport is false",
        "CKV_AWS_379",
        "AwsSolutions-S10",
        "CIS 3.1.1",
    ),
    bucket_rule(
        "S3.6",
        "Bucket policies let other accounts read, and nothing else",
        beside(POLICY, "bucket", "a bucket policy must be declared", _others_only_read),
        "Take the writing actions out of the statement",
    ),
    bucket_rule(
        "CKV_AWS_70",
        "Bucket policies name whom they let in",
        beside(
            POLICY,
            "bucket",
            "a bucket policy must be declared",
            names_whom("principal must not be *"),
        ),
        "Name the principals, or a condition",
    ),
    bucket_rule(
        "CKV_AWS_93",
        "Bucket policies do not lock everyone out",
        beside(POLICY, "bucket", "a bucket policy must be declared", _no_lockout),
        "Give the denying statement a condition",
    ),
    bucket_rule(
        "S3.8",
        "Buckets block public access",
        beside(ACCESS, "bucket", "a public access block must be declared", _blocks(*BLOCKS)),
        BLOCK,
        "CKV2_AWS_6",
        "AwsSolutions-S2",
        "CIS 3.1.4",
    ),
    bucket_rule(
        "S3.12",
        "Buckets have no access control lists",
        beside(
            OWNERSHIP,
            "bucket",
            "ownership controls must be declared",
            must("rule.objectOwnership", one_of("BucketOwnerEnforced"), "BucketOwnerEnforced"),
        ),
        "Declare BucketOwnershipControls with BucketOwnerEnforced",
        "CKV2_AWS_65",
    ),
    Rule(
        id="CKV_AWS_20",
        title="No access control list makes a bucket public",
        types=(*BUCKET, "aws:s3/bucketAcl:BucketAcl"),
        check=_acl_is_private,
        remedy="Take the acl out and enforce the owner",
        also=("CKV_AWS_57",),
    ),
    Rule(
        id="S3.19",
        title="Access points block public access",
        types=("aws:s3/accessPoint:AccessPoint",),
        check=_leaves_no_block_out,
        remedy="Leave publicAccessBlockConfiguration out, or set its flags",
    ),
    Rule(
        id="AwsSolutions-S5",
        title="Buckets serve no website by themselves",
        types=(WEBSITE, *BUCKET),
        check=_serves_no_website,
        remedy="Serve it through CloudFront, from a private bucket",
    ),
)
