from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws_sdk
import pytest
from pytest_mock import MockerFixture

from infra.apply.down import ProtectedError, down
from infra.apply.state import MemoryStore, Standing, StateError
from infra.apply.status import status
from infra.apply.summary import Progress, Summary
from infra.apply.up import up
from infra.resources.clients import EndpointClients
from tests.apply.conftest import Declared

STACK = "flights-sandbox"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
            }
        ],
    }
)
MAY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)


def names(urns: tuple[str, ...]) -> list[str]:
    return [urn.rpartition("::")[2] for urn in urns]


class Stack:
    """A stack on moto whose program changes from one ``up`` to the next."""

    def __init__(self, url: str, store: MemoryStore) -> None:
        self.url = url
        self.store = store

    def up(self, declare: Callable[[], object], *, losing: frozenset[str] = frozenset()) -> Summary:
        return up(Declared(declare=declare), self.url, store=self.store, losing=losing)

    def down(self, *, unprotect: bool = False) -> Summary:
        return down(STACK, self.url, store=self.store, unprotect=unprotect)

    def id(self, name: str) -> str:
        state = self.store.load(STACK)
        assert state is not None
        return next(s.id for s in state.resources if s.name == name)


@pytest.fixture
def stack(moto_url: str, store: MemoryStore, aws: EndpointClients) -> Stack:  # noqa: ARG001 - cleans up
    return Stack(moto_url, store)


def standing(stack: Stack) -> list[Standing]:
    state = stack.store.load(STACK)
    assert state is not None
    return state.resources


def role(**options: Any) -> aws_sdk.iam.Role:
    defaults: dict[str, Any] = {"assume_role_policy": TRUST, "description": "first"}
    return aws_sdk.iam.Role("worker", **(defaults | options))


def data_stack() -> None:
    key = aws_sdk.kms.Key("key", deletion_window_in_days=7)
    bucket = aws_sdk.s3.Bucket("raw", force_destroy=True)
    aws_sdk.s3.BucketServerSideEncryptionConfiguration(
        "raw-encryption",
        bucket=bucket.bucket,
        rules=[
            {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": key.arn,
                }
            }
        ],
    )
    pulumi.export("bucket", bucket.bucket)


def test_up_makes_everything_and_returns_what_the_stack_exports(
    stack: Stack, aws: EndpointClients
) -> None:
    summary = stack.up(data_stack)
    assert sorted(names(summary.created)) == ["key", "raw", "raw-encryption"]
    held = aws("s3").get_bucket_encryption(Bucket=summary.outputs["bucket"])
    rule = held["ServerSideEncryptionConfiguration"]["Rules"][0]
    key = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert key.endswith(stack.id("key"))


def test_up_twice_makes_no_call_at_all(stack: Stack, mocker: MockerFixture) -> None:
    stack.up(data_stack)
    called = mocker.spy(EndpointClients, "__call__")
    again = stack.up(data_stack)
    assert again.changes == 0
    assert len(again.unchanged) == 3
    called.assert_not_called()


def test_down_leaves_nothing(stack: Stack, aws: EndpointClients) -> None:
    bucket = stack.up(data_stack).outputs["bucket"]
    aws("s3").put_object(Bucket=bucket, Key="left", Body=b"")
    summary = stack.down()
    assert names(summary.deleted)[0] == "raw-encryption"
    assert len(summary.deleted) == 3
    assert bucket not in [b["Name"] for b in aws("s3").list_buckets()["Buckets"]]
    assert stack.store.load(STACK) is None
    assert stack.down() == Summary()


def test_a_change_that_aws_takes_in_place_keeps_the_resource(
    stack: Stack, aws: EndpointClients
) -> None:
    stack.up(role)
    name = stack.id("worker")
    summary = stack.up(lambda: role(description="second", tags={"a": "b"}))
    assert names(summary.updated) == ["worker"]
    assert stack.id("worker") == name
    held = aws("iam").get_role(RoleName=name)["Role"]
    assert held["Description"] == "second"
    assert held["Tags"] == [{"Key": "a", "Value": "b"}]
    stack.down()


def test_a_replaced_resource_gets_its_successor_before_it_goes(
    stack: Stack, aws: EndpointClients
) -> None:
    steps: list[Progress] = []

    def declare(path: str) -> None:
        worker = role(path=path)
        aws_sdk.iam.RolePolicy("may", role=worker.name, policy=MAY)

    stack.up(lambda: declare("/a/"))
    old = stack.id("worker")
    summary = up(
        Declared(declare=lambda: declare("/b/")),
        stack.url,
        store=stack.store,
        progress=steps.append,
    )
    assert sorted(names(summary.replaced)) == ["may", "worker"]
    assert [step.operation for step in steps] == ["replace", "replace", "delete", "delete"]
    assert stack.id("worker") != old
    assert [r["RoleName"] for r in aws("iam").list_roles()["Roles"]] == [stack.id("worker")]
    stack.down()


def test_a_resource_with_a_name_of_its_own_goes_before_its_successor(
    stack: Stack, aws: EndpointClients
) -> None:
    stack.up(lambda: role(name="fixed", path="/a/"))
    summary = stack.up(lambda: role(name="fixed", path="/b/"))
    assert names(summary.replaced) == ["worker"]
    assert aws("iam").get_role(RoleName="fixed")["Role"]["Path"] == "/b/"
    stack.down()


def test_what_is_no_longer_declared_goes_dependents_first(stack: Stack) -> None:
    def declare() -> None:
        aws_sdk.iam.RolePolicy("may", role=role().name, policy=MAY)

    stack.up(declare)
    summary = stack.up(lambda: None)
    assert names(summary.deleted) == ["may", "worker"]
    stack.down()


def test_a_refused_resource_is_named_its_dependents_skipped_and_the_rest_stands(
    stack: Stack,
) -> None:
    def declare(policy: str) -> None:
        may = aws_sdk.iam.RolePolicy("may", role=role().name, policy=policy)
        aws_sdk.s3.Bucket("after", opts=pulumi.ResourceOptions(depends_on=[may]))
        aws_sdk.s3.Bucket("free")

    first = stack.up(lambda: declare("{not json"))
    assert [(f.urn.rpartition("::")[2], f.code) for f in first.failed] == [
        ("may", "MalformedPolicyDocument")
    ]
    assert names(first.skipped) == ["after"]
    assert sorted(names(first.created)) == ["free", "worker"]

    second = stack.up(lambda: declare(MAY))
    assert not second.failed
    assert sorted(names(second.created)) == ["after", "may"]
    assert sorted(names(second.unchanged)) == ["free", "worker"]
    stack.down()


def test_nothing_is_deleted_while_something_is_refused(stack: Stack) -> None:
    stack.up(role)
    summary = stack.up(lambda: aws_sdk.iam.RolePolicy("may", role="nobody", policy=MAY))
    assert [failure.code for failure in summary.failed] == ["NoSuchEntity"]
    assert not summary.deleted
    assert stack.id("worker")
    stack.down()


def test_an_input_that_the_api_model_refuses_is_told_before_anything_is_touched(
    stack: Stack, mocker: MockerFixture
) -> None:
    def declare() -> None:
        aws_sdk.s3.Bucket("raw")
        role(max_session_duration=60)

    called = mocker.spy(EndpointClients, "__call__")
    summary = stack.up(declare)
    called.assert_not_called()
    assert [(f.urn.rpartition("::")[2], f.code) for f in summary.failed] == [
        ("worker", "InvalidInput")
    ]
    assert (
        "CreateRole: MaxSessionDuration must be at least 3600, got 60" in summary.failed[0].message
    )
    assert stack.store.load(STACK) is None


def test_what_is_guarded_is_refused_before_anything_is_touched(stack: Stack) -> None:
    stack.up(lambda: aws_sdk.s3.Bucket("raw"))
    summary = stack.up(role)
    assert [failure.code for failure in summary.failed] == ["Stateful"]
    assert summary.changes == 0
    assert [s.name for s in standing(stack)] == ["raw"]
    stack.up(lambda: None, losing=frozenset({"raw"}))


def test_a_program_that_fails_leaves_what_stands_in_the_state(stack: Stack) -> None:
    def declare() -> None:
        aws_sdk.s3.Bucket("raw").arn.apply(lambda _: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        stack.up(declare)
    assert stack.id("raw")
    assert names(stack.down().deleted) == ["raw"]


def test_a_stateful_resource_is_replaced_only_when_that_is_allowed(stack: Stack) -> None:
    def declare(name: str) -> None:
        aws_sdk.s3.Bucket("raw", bucket=name)

    stack.up(lambda: declare("raw-one"))
    refused = stack.up(lambda: declare("raw-two"))
    assert [failure.code for failure in refused.failed] == ["Stateful"]
    assert "ignore_changes" in refused.failed[0].message
    assert stack.id("raw") == "raw-one"
    allowed = stack.up(lambda: declare("raw-two"), losing=frozenset({"raw"}))
    assert names(allowed.replaced) == ["raw"]
    assert stack.id("raw") == "raw-two"
    stack.down()


def test_a_protected_resource_is_neither_replaced_nor_deleted(stack: Stack) -> None:
    def declare(*, path: str, protect: bool) -> None:
        role(path=path, opts=pulumi.ResourceOptions(protect=protect))

    stack.up(lambda: declare(path="/a/", protect=True))
    programs: list[Callable[[], object]] = [
        lambda: declare(path="/b/", protect=True),
        lambda: None,
    ]
    for program in programs:
        refused = stack.up(program)
        assert [failure.code for failure in refused.failed] == ["Protected"]
        assert "::worker" in refused.failed[0].message
        assert "protect=False" in refused.failed[0].message
    with pytest.raises(ProtectedError, match=r"1 protected resources \(worker\); nothing was"):
        stack.down()
    stack.up(lambda: declare(path="/a/", protect=False))
    assert names(stack.down().deleted) == ["worker"]


def test_down_takes_protected_resources_when_asked_to(stack: Stack) -> None:
    stack.up(lambda: role(opts=pulumi.ResourceOptions(protect=True)))
    assert names(stack.down(unprotect=True).deleted) == ["worker"]


def test_down_takes_what_a_bucket_holds_only_when_asked_to(
    stack: Stack, aws: EndpointClients
) -> None:
    stack.up(lambda: aws_sdk.s3.Bucket("raw"))
    aws("s3").put_object(Bucket=stack.id("raw"), Key="left", Body=b"")
    assert [failure.code for failure in stack.down().failed] == ["BucketNotEmpty"]
    assert names(stack.down(unprotect=True).deleted) == ["raw"]


def test_ignored_changes_change_nothing(stack: Stack) -> None:
    options = pulumi.ResourceOptions(ignore_changes=["description", "tags.owner"])
    stack.up(lambda: role(tags={"owner": "a"}, opts=options))
    again = stack.up(lambda: role(description="other", tags={"owner": "b"}, opts=options))
    assert names(again.unchanged) == ["worker"]
    stack.down()


def test_a_renamed_resource_is_found_by_its_alias(stack: Stack) -> None:
    stack.up(role)
    name = stack.id("worker")

    def renamed() -> None:
        aws_sdk.iam.Role(
            "runner",
            name=name,
            assume_role_policy=TRUST,
            description="first",
            opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="worker")]),
        )

    assert names(stack.up(renamed).unchanged) == ["runner"]
    assert stack.id("runner") == name
    stack.down()


def test_what_is_retained_is_forgotten_and_left_standing(
    stack: Stack, aws: EndpointClients
) -> None:
    stack.up(lambda: role(opts=pulumi.ResourceOptions(retain_on_delete=True)))
    name = stack.id("worker")
    stack.up(lambda: None)
    assert aws("iam").get_role(RoleName=name)
    aws("iam").delete_role(RoleName=name)


def test_a_secret_is_kept_by_its_hash_only(stack: Stack) -> None:
    def declare(text: str) -> None:
        role(description=pulumi.Output.secret(text))

    stack.up(lambda: declare("hunter2"))
    state = stack.store.load(STACK)
    assert state is not None
    assert "hunter2" not in json.dumps(state.to_document())
    assert names(stack.up(lambda: declare("hunter2")).unchanged) == ["worker"]
    assert names(stack.up(lambda: declare("hunter3")).updated) == ["worker"]
    stack.down()


def test_a_type_that_is_not_in_the_table_is_refused_by_name(stack: Stack) -> None:
    summary = stack.up(odd)
    assert [failure.code for failure in summary.failed] == ["UnknownType"]
    assert "aws:sagemaker/pipelin:Pipeline" in summary.failed[0].message
    assert "aws:sagemaker/pipeline:Pipeline" in summary.failed[0].message


def odd() -> None:
    pulumi.CustomResource("aws:sagemaker/pipelin:Pipeline", "odd")


def test_status_tells_what_aws_no_longer_has(stack: Stack, aws: EndpointClients) -> None:
    assert status(STACK, stack.url, store=stack.store) is None
    stack.up(role)
    aws("iam").delete_role(RoleName=stack.id("worker"))
    told = status(STACK, stack.url, store=stack.store, check=True)
    assert told is not None
    assert names(told.missing) == ["worker"]
    stack.down()


def test_fails_where_no_emulator_answers() -> None:
    with pytest.raises(StateError, match=r"no emulator answers at http://127\.0\.0\.1:9"):
        up(Declared(declare=odd), "http://127.0.0.1:9")
