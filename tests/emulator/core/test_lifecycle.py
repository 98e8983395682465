"""From start to stop: emulators of their own, for moto's state is the process's."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from infra.emulator.server import Emulator
from tests.emulator.core.admin import ask
from tests.emulator.support import REGION

PARTS = ("credentials", "admin")


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
    with pytest.raises(AttributeError, match="install"):
        broken.start()
    port = int(broken.endpoint_url.rpartition(":")[2])
    with Emulator(parts=PARTS, port=port) as other:
        assert other.endpoint_url == broken.endpoint_url


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


def test_only_loopback_is_listened_on() -> None:
    with Emulator(parts=PARTS) as emulator:
        port = int(emulator.endpoint_url.rpartition(":")[2])
        listening = {
            connection.laddr.ip
            for connection in psutil.Process().net_connections("inet")
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        }
    assert listening == {"127.0.0.1"}
