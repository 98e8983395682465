"""One emulator: its state, its clock, its errors."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from infra.emulator.server import Emulator
from tests.emulator.core.admin import ask
from tests.emulator.support import REGION, role

PARTS = ("credentials", "admin")


def test_connections_stay_open_and_calls_take_milliseconds(emulator: Emulator) -> None:
    client = emulator.context.client("sqs", REGION)
    client.list_queues()
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        client.list_queues()
        taken.append(time.perf_counter() - began)
    # the fastest tells: Nagle's algorithm would add 40 ms to each, a busy machine only to some
    assert min(taken) < 0.02


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("sagemaker", "list_spaces", {}),
        ("pricing", "describe_services", {}),
        ("braket", "search_devices", {"filters": []}),
        (
            "sagemaker-featurestore-runtime",
            "get_record",
            {"FeatureGroupName": "g", "RecordIdentifierValueAsString": "1"},
        ),
        ("ec2", "get_ipam_pool_cidrs", {"IpamPoolId": "pool"}),
        ("cloudwatch", "put_composite_alarm", {"AlarmName": "a", "AlarmRule": "b"}),
        ("iam", "get_organizations_access_report", {"JobId": "0" * 36}),
    ],
)
def test_what_is_not_implemented_is_said_in_the_callers_protocol_and_not_retried(
    emulator: Emulator, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="the emulator does not implement") as caught:
        getattr(emulator.context.client(service, REGION), operation)(**arguments)
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_crash_inside_names_its_reason(emulator: Emulator) -> None:
    client = emulator.context.client("sagemaker", REGION)
    with pytest.raises(ClientError, match=r"InternalFailure.*KeyError: 'ModelName'"):
        client.create_endpoint_config(
            EndpointConfigName="c",
            ProductionVariants=[{"VariantName": "v", "InstanceType": "ml.m5.large"}],
        )


def test_an_assumed_role_is_who_calls(emulator: Emulator) -> None:
    arn = role(emulator, "worker")
    identity = emulator.context.client("sts", REGION, role_arn=arn).get_caller_identity()
    assert identity["Arn"].startswith("arn:aws:sts::123456789012:assumed-role/worker/")


def test_a_childs_environment_holds_no_secrets_of_this_process(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    variables = emulator.context.environment(REGION, role(emulator, "child"))
    assert variables["AWS_ENDPOINT_URL"] == emulator.endpoint_url
    assert {"AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "PATH"} <= variables.keys()
    assert "SECRET" not in variables


def test_managed_policies_of_aws_can_be_attached(emulator: Emulator) -> None:
    role(emulator, "managed")
    emulator.context.client("iam", REGION).attach_role_policy(
        RoleName="managed", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )


def test_settling_waits_for_work(emulator: Emulator) -> None:
    done = threading.Event()

    def task() -> None:
        time.sleep(0.1)
        done.set()

    emulator.context.work.submit("task", task)
    assert ask(emulator, "GET", "status")[1]["work"] == ["task"]
    assert ask(emulator, "POST", "settle")[0] == 200
    assert done.is_set()


def test_work_that_does_not_come_to_rest_is_a_timeout(emulator: Emulator) -> None:
    release = threading.Event()
    emulator.context.work.submit("stuck", release.wait)
    later = (emulator.context.clock.now() + timedelta(seconds=1)).isoformat()
    try:
        asked = {"advance_to": later, "settle_seconds": 0.1}
        status, body = ask(emulator, "POST", "clock", asked)
        assert status == 504
        assert "stuck" in body["message"]
    finally:
        release.set()


def test_a_stacks_state_is_written_only_with_its_lock(emulator: Emulator) -> None:
    assert ask(emulator, "GET", "stacks/team-dev")[0] == 404
    assert ask(emulator, "PUT", "stacks/team-dev", {"a": 1})[0] == 409
    owner = {"pid": os.getpid(), "owner": "me"}
    lock = ask(emulator, "POST", "stacks/team-dev/lock", owner)[1]["lock"]
    status, held = ask(emulator, "POST", "stacks/team-dev/lock", {"pid": 1, "owner": "you"})
    assert (status, held["owner"], held["pid"]) == (409, "me", os.getpid())
    assert "lock" not in held
    assert ask(emulator, "PUT", "stacks/team-dev", {"a": 1}, X_Lock="guess")[0] == 409
    assert ask(emulator, "PUT", "stacks/team-dev", {"a": 1}, X_Lock=lock)[0] == 200
    assert ask(emulator, "DELETE", "stacks/team-dev/lock")[0] == 409
    assert ask(emulator, "DELETE", "stacks/team-dev/lock", X_Lock=lock)[0] == 200
    assert ask(emulator, "GET", "stacks/team-dev") == (200, {"a": 1})
    assert ask(emulator, "GET", "stacks")[1] == {"stacks": ["team-dev"]}


def test_a_lock_dies_with_its_owner(emulator: Emulator) -> None:
    gone = {"pid": 2**22 + 1, "owner": "gone"}
    assert ask(emulator, "POST", "stacks/team-prod/lock", gone)[0] == 200
    assert ask(emulator, "POST", "stacks/team-prod/lock", gone)[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "clock", {}, 400),
        ("POST", "clock", [], 400),
        ("POST", "clock", {"advance_to": "soon"}, 400),
        ("POST", "stacks/a-b/lock", {"pid": "x"}, 400),
        ("GET", "nothing", None, 404),
    ],
)
def test_a_bad_admin_request_is_refused(
    emulator: Emulator, method: str, path: str, body: object, expected: int
) -> None:
    assert ask(emulator, method, path, body)[0] == expected


def test_a_bucket_s_name_is_free_once_its_emulator_is_gone() -> None:
    with Emulator(parts=()):
        s3_backends.bucket_accounts["raw"] = ("aws", "123456789012")
    assert "raw" not in s3_backends.bucket_accounts
    s3_backends.bucket_accounts["raw"] = ("aws", "123456789012")
    with Emulator(parts=("credentials",)) as emulator:
        s3 = emulator.context.client("s3", "us-east-1")
        s3.create_bucket(Bucket="raw")
        assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["raw"]
