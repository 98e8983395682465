"""Repositories of images, their lifecycle and policies."""

from __future__ import annotations

import json

import pytest

from infra.resources.clients import EndpointClients
from infra.resources.ecr import TYPES
from tests.resources.types import Standing, assert_lives, of, stand

REPOSITORY = of(TYPES, "aws:ecr/repository:Repository")
LIFECYCLE = of(TYPES, "aws:ecr/lifecyclePolicy:LifecyclePolicy")
POLICY = of(TYPES, "aws:ecr/repositoryPolicy:RepositoryPolicy")


def repository(aws: EndpointClients, name: str) -> Standing:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    inputs = {
        "name": name,
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": key}],
        "tags": {"a": "b"},
    }
    return stand(REPOSITORY, aws, name, inputs)


def test_a_repository_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    standing = repository(aws, "team/serving")
    assert standing.outputs["repositoryUrl"].endswith("/team/serving")
    assert_lives(standing)


def test_a_repository_changes_scanning_and_its_tags_in_place(aws: EndpointClients) -> None:
    changed = repository(aws, "team/changing").changed(
        imageScanningConfiguration={"scanOnPush": False},
        imageTagMutability="MUTABLE",
        tags={"c": "d"},
    )
    assert changed.id == "team/changing"
    assert_lives(changed)


@pytest.mark.parametrize("force", [True, False])
def test_a_repository_with_images_goes_where_that_was_asked_for(
    aws: EndpointClients,
    force: bool,  # noqa: FBT001
) -> None:
    name = f"team/full-{force}".lower()
    standing = stand(REPOSITORY, aws, name, {"name": name, "forceDelete": force})
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {},
            "layers": [],
        }
    )
    aws("ecr").put_image(repositoryName=name, imageManifest=manifest, imageTag="1")
    if force:
        assert_lives(standing)
    else:
        with pytest.raises(aws("ecr").exceptions.RepositoryNotEmptyException):
            standing.delete()


def test_a_lifecycle_policy_lives_with_its_repository(aws: EndpointClients) -> None:
    rule = {
        "rulePriority": 1,
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": 7,
        },
        "action": {"type": "expire"},
    }
    inputs = {
        "repository": repository(aws, "team/lifecycle").id,
        "policy": json.dumps({"rules": [rule]}),
    }
    assert_lives(stand(LIFECYCLE, aws, "lifecycle", inputs))


def test_a_repository_policy_changes_in_place(aws: EndpointClients) -> None:
    def policy(account: str) -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": ["ecr:BatchGetImage"],
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    inputs = {"repository": repository(aws, "team/policy").id, "policy": policy("111122223333")}
    standing = stand(POLICY, aws, "policy", inputs)
    assert_lives(standing.changed(policy=policy("444455556666")))
