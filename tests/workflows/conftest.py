from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workflows.forge import Forge, serving


@pytest.fixture
def forge() -> Iterator[Forge]:
    with serving() as running:
        yield running
