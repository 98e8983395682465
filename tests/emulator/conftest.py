"""What every test of the emulator stands on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.emulator.server import PARTS, Emulator
from tests.emulator.support import impatient


@pytest.fixture(scope="module")
def emulator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulator]:
    """Run one emulator for the tests of a module; each module begins empty.

    A module that names its ``PARTS`` gets those alone.
    """
    parts = getattr(request.module, "PARTS", PARTS)
    with Emulator(workspace=tmp_path_factory.mktemp("workspace"), parts=parts) as running:
        yield running


@pytest.fixture(scope="module")
def sagemaker(emulator: Emulator) -> Any:
    """Return a client that does not retry."""
    return impatient(emulator, "sagemaker")


@pytest.fixture
def workspace(emulator: Emulator) -> Path:
    """Return the directory that CodeBuild projects without a source build."""
    return emulator.context.workspace
