"""What crosses accounts when a model version is promoted: who may read it, and who copies it."""

from __future__ import annotations

from dataclasses import dataclass

from components._iam import (
    Statement,
    allow,
    allow_principal,
    document,
    read_objects,
    use_key,
    write_logs,
    write_objects,
)
from components._place import Place
from components.downstream import Downstream
from components.revisions import RELEASE_KEY


@dataclass(frozen=True, kw_only=True, slots=True)
class PromotionReach:
    """Two registries and two buckets."""

    upstream_group_arn: str
    upstream_bucket: str
    upstream_key_arn: str
    group_arn: str
    copies: str
    """``bucket/prefix`` of the copied archives."""
    data_key_arn: str
    key_arn: str
    """Customer key of build and log."""
    log_group: str


def versions_for(place: Place, group_arn: str, downstream: Downstream) -> str:
    """Let the next environment read the versions of a group.

    It registers a copy in its own group, so it needs neither ``CreateModel`` nor
    ``UpdateModelPackage``, which AWS's page on deploying from another account grants beside these.
    """
    return document(
        allow_principal(
            _account(place, downstream),
            "sagemaker:DescribeModelPackageGroup",
            on=group_arn,
            when=_only_its_roles(place, downstream),
            sid="GroupForTheNextEnvironment",
        ),
        allow_principal(
            _account(place, downstream),
            "sagemaker:DescribeModelPackage",
            "sagemaker:ListModelPackages",
            on=_versions(group_arn),
            when=_only_its_roles(place, downstream),
            sid="VersionsForTheNextEnvironment",
        ),
    )


def objects_for(place: Place, bucket_arn: str, downstream: Downstream) -> Statement:
    """Let the next environment read artifacts."""
    return allow_principal(
        _account(place, downstream),
        "s3:GetObject",
        on=f"{bucket_arn}/*",
        when=_only_its_roles(place, downstream),
        sid="ArtifactsForTheNextEnvironment",
    )


def releases_for(place: Place, bucket_arn: str, downstream: Downstream) -> tuple[Statement, ...]:
    """Let the next environment's pipeline take the revision that was delivered here."""
    account, condition = _account(place, downstream), _only_its_roles(place, downstream)
    return (
        allow_principal(
            account,
            "s3:GetObjectVersion",
            on=f"{bucket_arn}/{RELEASE_KEY}",
            when=condition,
            sid="ReleasesForTheNextEnvironment",
        ),
        allow_principal(
            account,
            "s3:GetBucketLocation",
            "s3:GetBucketVersioning",
            on=bucket_arn,
            when=condition,
            sid="VersionsOfReleases",
        ),
    )


def decryption_for(place: Place, downstream: Downstream) -> Statement:
    """Let the next environment decrypt what it reads through S3, and nothing else."""
    condition = _only_its_roles(place, downstream)
    service = {"kms:ViaService": f"s3.{place.region}.amazonaws.com"}
    return allow_principal(
        _account(place, downstream),
        "kms:Decrypt",
        on="*",  # the key itself
        when={**condition, "StringEquals": service},
        sid="ArtifactsForTheNextEnvironment",
    )


def copy_versions(place: Place, reach: PromotionReach) -> str:
    """Allow reading approved versions upstream, and registering copies that await approval."""
    upstream = reach.upstream_group_arn
    return document(
        allow(
            "sagemaker:DescribeModelPackage",
            "sagemaker:ListModelPackages",
            on=[upstream, _versions(upstream), reach.group_arn, _versions(reach.group_arn)],
        ),
        # Approval is somebody else's: nothing here may update a version.
        allow(
            "sagemaker:CreateModelPackage",
            "sagemaker:AddTags",
            on=[reach.group_arn, _versions(reach.group_arn)],
        ),
        allow("s3:GetObject", on=place.s3(f"{reach.upstream_bucket}/*")),
        *read_objects(place, reach.copies),
        write_objects(place, reach.copies),
        allow(
            "ecr:DescribeImages",
            on=f"arn:{place.partition}:ecr:{place.region}:{_account_of(upstream)}:repository/*",
        ),
        use_key(reach.upstream_key_arn),
        use_key(reach.data_key_arn),
        use_key(reach.key_arn),
        write_logs(place, reach.log_group),
    )


def _versions(group_arn: str) -> str:
    return f"{group_arn.replace(':model-package-group/', ':model-package/')}/*"


def _account_of(arn: str) -> str:
    return arn.split(":")[4]


def _account(place: Place, downstream: Downstream) -> dict[str, str]:
    return {"AWS": f"arn:{place.partition}:iam::{downstream.account_id}:root"}


def _only_its_roles(place: Place, downstream: Downstream) -> dict[str, dict[str, object]]:
    """Narrow an account to some of its roles.

    Named as principals they would have to exist before the policy: AWS refuses unknown ones.
    """
    return {"ArnLike": {"aws:PrincipalArn": readers(place, downstream)}}


def readers(place: Place, downstream: Downstream) -> str:
    """Return the pattern of the ARNs of the next environment's roles that read."""
    return f"arn:{place.partition}:iam::{downstream.account_id}:role/{downstream.role_names}"
