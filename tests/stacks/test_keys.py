"""Which role can read what each customer key encrypts."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache

import pytest

from infra.graph.model import ResourceGraph
from stacks.names import stacks
from tests.stacks import support

CLASSES = ("raw", "features", "artifacts", "capture")
DECRYPT = {
    "features-policy": {"features"},
    "features-pipeline-policy": {"raw", "features", "artifacts"},
    "training-pipeline-policy": {"raw", "features", "artifacts"},
    "drift-pipeline-policy": {"raw", "artifacts", "capture"},
    "serving-policy": {"artifacts", "capture"},
    "scoring-scorer-policy": {"features"},
    "gate-policy": {"raw"},
    "delivery-policy": {"artifacts"},
}
"""Role policy of a loop, without its use case, to the classes of data that it decrypts."""
every_stack = pytest.mark.parametrize("stack", stacks())


@cache
def standing(stack: str) -> ResourceGraph:
    return support.graph(stack, live=support.package_arn(stack), standing=True)


def allowed(stack: str, action: str) -> dict[str, set[str]]:
    """Return the resources that each role's policy allows an action on."""
    found: dict[str, set[str]] = defaultdict(set)
    for policy in standing(stack).of_type("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            if statement["Effect"] == "Allow" and action in statement["Action"]:
                on = statement["Resource"]
                found[policy.name] |= {on} if isinstance(on, str) else set(on)
    return found


def classes(arns: set[str]) -> set[str]:
    """Return the classes of data of keys and buckets."""
    return {kind for kind in CLASSES for arn in arns if f"store-{kind}" in arn}


@every_stack
def test_each_part_of_the_loop_decrypts_what_it_reads_and_no_other_class(stack: str) -> None:
    decrypts = {name: classes(keys) for name, keys in allowed(stack, "kms:Decrypt").items()}
    for use_case in support.use_cases(stack):
        assert {name: decrypts[f"{use_case}-{name}"] for name in DECRYPT} == DECRYPT


@every_stack
@pytest.mark.parametrize(
    ("access", "needs"),
    [("s3:GetObject", "kms:Decrypt"), ("s3:PutObject", "kms:GenerateDataKey")],
)
def test_whoever_reaches_objects_reaches_their_key(stack: str, access: str, needs: str) -> None:
    keys = allowed(stack, needs)
    for name, objects in allowed(stack, access).items():
        assert classes(objects) <= classes(keys[name]), name


@every_stack
def test_no_role_is_given_a_key_of_data_that_it_cannot_reach(stack: str) -> None:
    objects, groups = allowed(stack, "s3:GetObject"), allowed(stack, "sagemaker:PutRecord")
    online = {*groups, *allowed(stack, "sagemaker:BatchGetRecord")}
    disks = set(allowed(stack, "sagemaker:CreateEndpointConfig"))
    for name, keys in allowed(stack, "kms:Decrypt").items():
        reached = classes(objects[name] | allowed(stack, "s3:PutObject")[name])
        reached |= {"features"} if name in online else set()
        reached |= {"artifacts"} if name in disks else set()
        assert classes(keys) <= reached, name


@every_stack
def test_no_role_may_use_or_lend_every_key(stack: str) -> None:
    for action in ("kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"):
        for name, keys in allowed(stack, action).items():
            assert all(":*" not in key and not key.endswith("*") for key in keys), (name, action)
