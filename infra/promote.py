"""Take an approved model version over from the environment before: the same bytes, approved anew.

The archive and the reports that a version names are copied under their SHA-256, images are named by
digest, and the copy is registered as ``PendingManualApproval``. What was not approved there, or is
no longer what was approved, is refused.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Final

FROM: Final = "promoted_from"
BY: Final = "promoted_by"
SHA256: Final = "model_sha256"
"""Metadata of a copied version: the ARN of its original, who copied it, what was copied."""
PREFIX: Final = "promoted/"
COPIED: Final = ("InferenceSpecification", "ModelMetrics", "DriftCheckBaselines")
"""Members whose objects are copied with the version."""
CARRIED: Final = (
    "Domain",
    "MetadataProperties",
    "ModelPackageDescription",
    "SamplePayloadUrl",
    "SkipModelValidation",
    "Task",
)
"""Members that a copy takes over as they are."""
METADATA_CHARACTERS: Final = 256
_IMAGE: Final = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<name>[^:@]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?$"
)


class PromotionError(RuntimeError):
    """A version must not go on; the message says why. Nothing was registered."""


class ClientsOf:
    """boto3 clients of one region, from a session that may be of any account."""

    def __init__(self, session: Any, region: str) -> None:  # noqa: ANN401 - boto3's
        self._session = session
        self._region = region
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:  # noqa: ANN401 - one type per service
        """Return the client of a service."""
        if service not in self._made:
            self._made[service] = self._session.client(service, region_name=self._region)
        return self._made[service]


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """From which registry to which, and where the bytes go."""

    upstream_group: str
    """ARN of the group that the version was approved in."""
    group: str
    """Name or ARN of the group that gets the copy."""
    bucket: str
    data_key: str
    """Customer key of the bucket."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promoted:
    """What stands in the registry afterwards."""

    arn: str
    source: str
    """ARN of the version that was approved in the environment before."""
    sha256: str
    """Of the model archive."""
    status: str
    """Its approval here: ``PendingManualApproval`` when it is new."""
    new: bool
    """False where it had been promoted before; then nothing was changed."""


def promote(aws: ClientsOf, route: Route, *, version: int | None = None) -> Promoted:
    """Register a copy of the newest approved version, or of ``version``, to be approved here.

    Twice is once: what was copied before is found again, whatever became of it.

    Raises:
        PromotionError: no such version, it is not approved, or its digest changed since.
        ClientError: AWS refuses.
    """
    source = _approved(aws, route.upstream_group, version)
    copier = _Copier(aws, route, source)
    sha256 = copier.check_archive()
    if (known := _known(aws, route.group, source["ModelPackageArn"], sha256)) is not None:
        return Promoted(
            arn=known["ModelPackageArn"],
            source=source["ModelPackageArn"],
            sha256=sha256,
            status=known["ModelApprovalStatus"],
            new=False,
        )
    made = aws("sagemaker").create_model_package(
        ModelPackageGroupName=route.group,
        ModelApprovalStatus="PendingManualApproval",
        # AWS answers a repeated request with the version that the first one made.
        ClientToken=hashlib.sha256(f"{source['ModelPackageArn']} {sha256}".encode()).hexdigest()[
            :36
        ],
        CustomerMetadataProperties={
            **source.get("CustomerMetadataProperties", {}),
            FROM: source["ModelPackageArn"],
            BY: _caller(aws),
            SHA256: sha256,
        },
        **{name: source[name] for name in CARRIED if name in source},
        **copier.copied(sha256),
    )
    return Promoted(
        arn=made["ModelPackageArn"],
        source=source["ModelPackageArn"],
        sha256=sha256,
        status="PendingManualApproval",
        new=True,
    )


def _approved(aws: ClientsOf, group: str, version: int | None) -> Mapping[str, Any]:
    sagemaker = aws("sagemaker")
    if version is None:
        found = sagemaker.list_model_packages(
            ModelPackageGroupName=group,
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=1,
        )["ModelPackageSummaryList"]
        if not found:
            raise PromotionError(f"no version of {group} is approved: there is nothing to promote")
        arn = found[0]["ModelPackageArn"]
    else:
        arn = f"{group.replace(':model-package-group/', ':model-package/')}/{version}"
    package: dict[str, Any] = sagemaker.describe_model_package(ModelPackageName=arn)
    status = package.get("ModelApprovalStatus")
    if status != "Approved":
        raise PromotionError(f"{arn} must be Approved in its own environment, got {status}")
    return package


def _known(aws: ClientsOf, group: str, source: str, sha256: str) -> Mapping[str, Any] | None:
    """Return the copy of an earlier promotion.

    Raises:
        PromotionError: there is one, of other bytes.
    """
    sagemaker = aws("sagemaker")
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    for summary in (one for page in pages for one in page["ModelPackageSummaryList"]):
        package: dict[str, Any] = sagemaker.describe_model_package(
            ModelPackageName=summary["ModelPackageArn"]
        )
        metadata = package.get("CustomerMetadataProperties", {})
        if metadata.get(FROM) == source:
            if metadata.get(SHA256) != sha256:
                raise PromotionError(
                    f"{source} was promoted as {package['ModelPackageArn']} with SHA-256"
                    f" {metadata.get(SHA256)}, and now has {sha256}"
                )
            return package
    return None


def _caller(aws: ClientsOf) -> str:
    arn: str = aws("sts").get_caller_identity()["Arn"]
    return arn[:METADATA_CHARACTERS]


class _Copier:
    """Copies what one version consists of."""

    def __init__(self, aws: ClientsOf, route: Route, source: Mapping[str, Any]) -> None:
        self._aws = aws
        self._route = route
        self._source = source
        self._arn = source["ModelPackageArn"]
        containers = source.get("InferenceSpecification", {}).get("Containers", [])
        if len(containers) != 1 or "ModelDataUrl" not in containers[0]:
            raise PromotionError(
                f"{self._arn} must have one container with one archive (ModelDataUrl),"
                f" got {len(containers)} containers"
            )
        self._container = containers[0]

    def check_archive(self) -> str:
        """Return the archive's SHA-256.

        Raises:
            PromotionError: it is not what was registered.
        """
        uri = self._container["ModelDataUrl"]
        bucket, key = _split(uri)
        head = self._aws("s3").head_object(Bucket=bucket, Key=key)
        if head["LastModified"] > self._source["CreationTime"]:
            raise PromotionError(
                f"{uri} must be as it was when {self._arn} was registered at"
                f" {self._source['CreationTime']:%Y-%m-%dT%H:%M:%SZ}, got one of"
                f" {head['LastModified']:%Y-%m-%dT%H:%M:%SZ}"
            )
        tag = self._container.get("ModelDataETag")
        if tag is not None and tag.strip('"') != head["ETag"].strip('"'):
            raise PromotionError(f"{uri} must have the ETag {tag}, got {head['ETag']}")
        with self._fetched(uri) as (_, sha256):
            told = self._source.get("CustomerMetadataProperties", {}).get(SHA256, sha256)
        if told != sha256:
            raise PromotionError(f"{uri} must have the SHA-256 {told}, got {sha256}")
        return sha256

    def copied(self, sha256: str) -> dict[str, Any]:
        """Copy every object that the version names and return the members that name the copies.

        Raises:
            PromotionError: the archive is not the one that was checked.
        """
        members = {name: self._source[name] for name in COPIED if name in self._source}
        copied: dict[str, Any] = self._walk(members)
        container = copied["InferenceSpecification"]["Containers"][0]
        container |= self._image()
        bucket, key = _split(container["ModelDataUrl"])
        if not key.startswith(f"{PREFIX}{sha256}/"):
            raise PromotionError(
                f"{self._container['ModelDataUrl']} must stay as it is while it is copied,"
                f" got {key} for SHA-256 {sha256}"
            )
        container["ModelDataETag"] = self._aws("s3").head_object(Bucket=bucket, Key=key)["ETag"]
        return copied

    def _walk(self, value: Any) -> Any:  # noqa: ANN401 - any part of a description
        if isinstance(value, Mapping):
            return {key: self._walk(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._walk(item) for item in value]
        if isinstance(value, str) and value.startswith("s3://"):
            return self._copy(value)
        return value

    def _copy(self, uri: str) -> str:
        with self._fetched(uri) as (file, sha256):
            key = f"{PREFIX}{sha256}/{uri.rpartition('/')[2]}"
            self._aws("s3").upload_fileobj(
                file,
                self._route.bucket,
                key,
                ExtraArgs={
                    "ServerSideEncryption": "aws:kms",
                    "SSEKMSKeyId": self._route.data_key,
                },
            )
        return f"s3://{self._route.bucket}/{key}"

    @contextmanager
    def _fetched(self, uri: str) -> Iterator[tuple[IO[bytes], str]]:
        """Give the bytes of an object, at their beginning, and their SHA-256."""
        bucket, key = _split(uri)
        with tempfile.TemporaryFile() as file:
            self._aws("s3").download_fileobj(bucket, key, file)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            yield file, sha256

    def _image(self) -> dict[str, str]:
        """Name the image by digest, where it is ours to ask: AWS's own keep their tag."""
        image, recorded = self._container["Image"], self._container.get("ImageDigest")
        parts = _IMAGE.match(image)
        if parts is None or parts["account"] != self._arn.split(":")[4]:
            return {"Image": image, **({"ImageDigest": recorded} if recorded else {})}
        digest = parts["digest"] or self._digest(parts)
        if recorded and digest != recorded:
            raise PromotionError(f"{image} must have the digest {recorded}, got {digest}")
        repository = image[: parts.end("name")]
        return {"Image": f"{repository}@{digest}", "ImageDigest": digest}

    def _digest(self, parts: re.Match[str]) -> str:
        found = self._aws("ecr").describe_images(
            registryId=parts["account"],
            repositoryName=parts["name"],
            imageIds=[{"imageTag": parts["tag"] or "latest"}],
        )
        digest: str = found["imageDetails"][0]["imageDigest"]
        return digest


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
