"""Customer keys and aliases."""

from __future__ import annotations

import json

from infra.resources.clients import EndpointClients
from infra.resources.kms import TYPES
from tests.resources.types import assert_lives, of, stand

KEY = of(TYPES, "aws:kms/key:Key")
ALIAS = of(TYPES, "aws:kms/alias:Alias")


def policy(*actions: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": list(actions),
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_key_reads_back_as_declared_and_goes(aws: EndpointClients) -> None:
    declared = {
        "description": "data",
        "policy": policy("kms:*"),
        "enableKeyRotation": True,
        "deletionWindowInDays": 7,
        "tags": {"a": "b"},
    }
    standing = stand(KEY, aws, "key", declared)
    assert_lives(standing)
    held = aws("kms").describe_key(KeyId=standing.id)["KeyMetadata"]
    assert held["KeyState"] == "PendingDeletion"


def test_a_key_takes_changes_of_all_its_parts(aws: EndpointClients) -> None:
    standing = stand(KEY, aws, "changing", {"description": "old", "tags": {"a": "b"}})
    changed = standing.changed(
        description="new",
        policy=policy("kms:Decrypt"),
        enableKeyRotation=True,
        isEnabled=False,
        tags={"c": "d"},
    )
    assert changed.id == standing.id
    assert_lives(changed)


def test_an_alias_moves_to_another_key(aws: EndpointClients) -> None:
    one, two = (stand(KEY, aws, name, {}) for name in ("one", "two"))
    standing = stand(ALIAS, aws, "data", {"targetKeyId": one.outputs["arn"]})
    assert standing.id.startswith("alias/data-")
    changed = standing.changed(targetKeyId=two.outputs["arn"])
    assert changed.outputs["targetKeyArn"] == two.outputs["arn"]
    assert_lives(changed)
