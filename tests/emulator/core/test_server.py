"""One emulator: its state, its clock, its errors."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.support import REGION, role

PARTS = ("credentials", "admin")


def ask(
    emulator: Emulator, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, Any]:
    """Call the admin API and return status and JSON."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{emulator.endpoint_url}/_mlops/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_each_emulator_begins_empty_and_leaves_nothing_behind() -> None:
    before = {thread.name for thread in threading.enumerate()} | {"starter"}
    with Emulator(parts=PARTS) as first:
        home = first.context.home
        first.context.client("s3", REGION).create_bucket(Bucket="first")
    assert not home.exists()
    with Emulator(parts=PARTS) as second:
        assert second.context.client("s3", REGION).list_buckets()["Buckets"] == []
    left = {thread.name for thread in threading.enumerate() if not thread.daemon}
    assert left <= before


def test_a_stopped_emulator_answers_no_more_even_on_an_open_connection() -> None:
    emulator = Emulator(parts=PARTS).start()
    client = emulator.context.client("sqs", REGION)
    client.list_queues()
    emulator.stop()
    emulator.stop()
    with pytest.raises(Exception, match="Could not connect"):
        client.list_queues()


def test_a_part_that_cannot_be_installed_is_an_error_and_frees_the_port() -> None:
    broken = Emulator(parts=("credentials", "clock"))
    with pytest.raises(ImportError, match="install"):
        broken.start()
    port = int(broken.endpoint_url.rpartition(":")[2])
    with Emulator(parts=PARTS, port=port) as other:
        assert other.endpoint_url == broken.endpoint_url


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


def test_the_clock_moves_forward_through_every_timer_and_not_back() -> None:
    start = datetime(2013, 1, 1, tzinfo=UTC)
    with Emulator(parts=PARTS, clock_start=start) as emulator:
        fired: list[datetime] = []
        flushed: list[datetime] = []
        context = emulator.context
        context.on_settled.append(lambda: flushed.append(context.clock.now()))
        for days in (2, 1):
            when = start + timedelta(days=days)
            context.clock.call_at(
                when, lambda _: fired.append(context.clock.now()), name=f"day {days}"
            )
        status, body = ask(emulator, "POST", "clock", {"advance_to": "2013-02-01T00:00:00"})
        assert (status, body["now"][:10]) == (200, "2013-02-01")
        assert [moment.day for moment in fired] == [2, 3]
        assert {moment.day for moment in flushed} >= {1, 2, 3}
        queue = context.client("sqs", REGION).create_queue(QueueName="q")["QueueUrl"]
        attributes = context.client("sqs", REGION).get_queue_attributes(
            QueueUrl=queue, AttributeNames=["CreatedTimestamp"]
        )["Attributes"]
        assert datetime.fromtimestamp(float(attributes["CreatedTimestamp"]), UTC).year == 2013
        assert ask(emulator, "POST", "clock", {"advance_to": "2012-01-01"})[0] == 400
    assert datetime.now(UTC).year > 2013


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
