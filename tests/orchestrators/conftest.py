"""An emulator whose pipelines run jobs, for what starts them from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.emulator import jobs
from infra.emulator.server import Emulator
from tests.emulator.jobs.helpers import PARTS, prepare


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(parts=(*PARTS, "pipelines")) as running:
        prepare(running)
        jobs.engine(running.context).grace_seconds = 0.5
        yield running
