"""An emulator with a bucket and the parts that pipelines need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.emulator import jobs
from infra.emulator.server import Emulator
from tests.emulator.jobs.helpers import PARTS, REGION, prepare


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(parts=(*PARTS, "pipelines")) as running:
        prepare(running)
        jobs.engine(running.context).grace_seconds = 0.5
        yield running


@pytest.fixture
def sagemaker(emulator: Emulator) -> Any:
    return emulator.context.client("sagemaker", REGION)
