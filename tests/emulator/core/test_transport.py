"""HTTP as clients of AWS speak it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from infra.emulator import transport
from infra.emulator.server import Emulator
from tests.emulator.support import REGION

PARTS = ("credentials", "admin")


@pytest.fixture
def connection(emulator: Emulator) -> Iterator[http.client.HTTPConnection]:
    """Return an open connection to the emulator."""
    opened = http.client.HTTPConnection(emulator.endpoint_url.removeprefix("http://"), timeout=10)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def bucket(emulator: Emulator) -> str:
    emulator.context.client("s3", REGION).create_bucket(Bucket="transport")
    return "transport"


def test_one_connection_serves_many_requests_whatever_they_answer(
    connection: http.client.HTTPConnection,
) -> None:
    connection.connect()
    socket = connection.sock
    for method, path, expected in (
        ("GET", "/_mlops/status", 200),
        ("POST", "/_mlops/nothing", 404),
        ("GET", "/_mlops/clock", 200),
    ):
        connection.request(method, path, body=b"x" * 100_000 if method == "POST" else None)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == expected
    assert connection.sock is socket


def test_an_answer_to_head_tells_the_length_and_has_no_body(
    emulator: Emulator, bucket: str
) -> None:
    s3 = emulator.context.client("s3", REGION)
    s3.put_object(Bucket=bucket, Key="head", Body=b"x" * 1000)
    assert s3.head_object(Bucket=bucket, Key="head")["ContentLength"] == 1000
    assert s3.get_object(Bucket=bucket, Key="head")["Body"].read() == b"x" * 1000


def test_a_chunked_body_is_read_whole(
    emulator: Emulator, bucket: str, connection: http.client.HTTPConnection
) -> None:
    chunks = [b"a" * 70_000, b"b" * 70_000]
    connection.request("PUT", f"/{bucket}/chunked", body=iter(chunks), encode_chunked=True)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    found = emulator.context.client("s3", REGION).get_object(Bucket=bucket, Key="chunked")
    assert found["Body"].read() == b"".join(chunks)


def test_a_large_object_comes_back_as_it_was(emulator: Emulator, bucket: str) -> None:
    s3 = emulator.context.client("s3", REGION)
    body = bytes(range(256)) * 80_000
    s3.put_object(Bucket=bucket, Key="large", Body=body)
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == body


def test_a_body_over_the_limit_is_refused(
    connection: http.client.HTTPConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BODY_BYTES", 10)
    connection.request("POST", "/_mlops/settle", body=b"x" * 11)
    assert connection.getresponse().status == 413


def test_many_clients_at_once_are_all_answered(emulator: Emulator, bucket: str) -> None:
    s3 = emulator.context.client("s3", REGION)
    with ThreadPoolExecutor(16) as pool:
        list(
            pool.map(lambda n: s3.put_object(Bucket=bucket, Key=f"many/{n}", Body=b"x"), range(64))
        )
    assert s3.list_objects_v2(Bucket=bucket, Prefix="many/")["KeyCount"] == 64


def test_an_answer_tells_the_emulators_own_time(
    emulator: Emulator, connection: http.client.HTTPConnection
) -> None:
    emulator.context.clock.advance_to(datetime.now(UTC) + timedelta(days=40))
    connection.request("GET", "/_mlops/status")
    answer = connection.getresponse()
    told = parsedate_to_datetime(answer.headers["Date"])
    assert abs(told - emulator.context.clock.now()) < timedelta(seconds=30)
