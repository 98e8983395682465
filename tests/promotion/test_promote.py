"""A version that goes on to the next environment, and those that must not."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from infra.emulator.server import Emulator
from infra.promote import PromotionError, Route, promote
from tests.promotion.conftest import IMAGE, OURS, Registries

MANIFEST = '{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}'
DIGEST = f"sha256:{'a' * 64}"


def test_what_nobody_approved_is_refused(registries: Registries) -> None:
    registries.register(status="PendingManualApproval")
    with pytest.raises(PromotionError, match=r"no version of .*-dev is approved"):
        promote(registries.aws, registries.route)
    with pytest.raises(PromotionError, match=r"dev/1 must be Approved .* got PendingManual"):
        promote(registries.aws, registries.route, version=1)
    assert registries.copies() == []


def test_a_rejected_version_is_refused_by_its_number_too(registries: Registries) -> None:
    registries.register(status="Rejected")
    with pytest.raises(PromotionError, match=r"must be Approved .* got Rejected"):
        promote(registries.aws, registries.route, version=1)


def test_an_archive_that_was_written_after_its_registration_is_refused(
    registries: Registries, emulator: Emulator
) -> None:
    registries.register(b"approved")
    clock = emulator.context.clock
    clock.advance_to(clock.now() + timedelta(minutes=5))
    registries.put(f"training/{registries.name}/model.tar.gz", b"swapped")
    with pytest.raises(PromotionError, match=r"must be as it was when .* was registered"):
        promote(registries.aws, registries.route)
    assert registries.copies() == []


def test_an_archive_of_another_etag_than_was_registered_is_refused(
    registries: Registries,
) -> None:
    registries.register(ModelDataETag='"0123"')
    with pytest.raises(PromotionError, match='must have the ETag "0123", got'):
        promote(registries.aws, registries.route)


def test_an_image_of_ours_with_another_digest_than_was_registered_is_refused(
    registries: Registries,
) -> None:
    registries.register(Image=f"{OURS}@sha256:{'b' * 64}", ImageDigest=DIGEST)
    with pytest.raises(PromotionError, match=f"must have the digest {DIGEST}, got sha256:bbb"):
        promote(registries.aws, registries.route)
    assert registries.copies() == []


def test_a_copy_has_the_same_bytes_and_waits_for_approval(registries: Registries) -> None:
    original = registries.register(b"the very bytes")
    done = promote(registries.aws, registries.route)
    assert (done.source, done.new, done.status) == (original, True, "PendingManualApproval")
    assert done.sha256 == hashlib.sha256(b"the very bytes").hexdigest()
    copy = registries.describe(done.arn)
    (container,) = copy["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == (
        f"s3://{registries.name}-staging/promoted/{done.sha256}/model.tar.gz"
    )
    assert registries.read(container["ModelDataUrl"]) == b"the very bytes"
    assert copy["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_copy_tells_of_what_by_whom_and_keeps_what_was_known(registries: Registries) -> None:
    original = registries.register()
    copy = registries.describe(promote(registries.aws, registries.route).arn)
    metadata = copy["CustomerMetadataProperties"]
    assert metadata["auc"] == "0.7"
    assert metadata["promoted_from"] == original
    assert metadata["promoted_by"].startswith("arn:aws:")
    assert copy["ModelPackageDescription"] == "retrained because: drift"


def test_a_copy_depends_on_no_object_of_the_environment_before(registries: Registries) -> None:
    registries.register()
    copy = registries.describe(promote(registries.aws, registries.route).arn)
    members = ("InferenceSpecification", "ModelMetrics", "DriftCheckBaselines")
    named = repr([copy.get(member) for member in members])
    assert f"s3://{registries.name}-staging/" in named
    assert f"s3://{registries.name}-dev/" not in named
    baseline = copy["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"]
    assert registries.read(baseline) == b"{}"


def test_promoting_twice_registers_once_whatever_became_of_the_copy(
    registries: Registries,
) -> None:
    registries.register()
    first = promote(registries.aws, registries.route)
    registries.aws("sagemaker").update_model_package(
        ModelPackageArn=first.arn, ModelApprovalStatus="Rejected"
    )
    again = promote(registries.aws, registries.route)
    assert (again.arn, again.new, again.status) == (first.arn, False, "Rejected")
    assert registries.copies() == [first.arn]


def test_an_older_version_is_promoted_when_it_is_asked_for(registries: Registries) -> None:
    registries.register(b"one")
    registries.register(b"one", job="second")
    older = promote(registries.aws, registries.route, version=1)
    assert older.source.endswith("-dev/1")
    assert promote(registries.aws, registries.route).source.endswith("-dev/2")


def test_a_promoted_version_is_checked_against_its_recorded_digest(
    registries: Registries,
) -> None:
    registries.register(b"one")
    done = promote(registries.aws, registries.route)
    sagemaker, staging = registries.aws("sagemaker"), registries.route
    sagemaker.update_model_package(
        ModelPackageArn=done.arn,
        ModelApprovalStatus="Approved",
        CustomerMetadataProperties={"model_sha256": "0" * 64},
    )
    prod = sagemaker.create_model_package_group(ModelPackageGroupName=f"{registries.name}-prod")
    further = Route(
        upstream_group=staging.group,
        group=prod["ModelPackageGroupArn"],
        bucket=staging.bucket,
        data_key=staging.data_key,
    )
    with pytest.raises(PromotionError, match=f"must have the SHA-256 {'0' * 64}, got"):
        promote(registries.aws, further)


def test_images_of_aws_keep_their_tag_and_ours_are_named_by_digest(
    registries: Registries,
) -> None:
    registries.register()
    kept = registries.describe(promote(registries.aws, registries.route).arn)
    assert kept["InferenceSpecification"]["Containers"][0]["Image"] == IMAGE
    ecr = registries.aws("ecr")
    ecr.create_repository(repositoryName="serving")
    put = ecr.put_image(repositoryName="serving", imageManifest=MANIFEST, imageTag="1")["image"]
    registries.register(b"other", Image=f"{OURS}:1")
    ours = registries.describe(promote(registries.aws, registries.route).arn)
    container = ours["InferenceSpecification"]["Containers"][0]
    assert container["Image"] == f"{OURS}@{put['imageId']['imageDigest']}"
    assert container["ImageDigest"] == put["imageId"]["imageDigest"]
