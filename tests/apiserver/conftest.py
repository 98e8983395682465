"""A real API server, where its programs are at hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.apiserver.servers import ASSETS, Cluster, control_plane, missing


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a control plane for all tests of this folder; each has namespaces of its own."""
    if lacking := missing():
        pytest.skip(f"neither on PATH nor in {ASSETS}: {', '.join(lacking)}")
    with control_plane(tmp_path_factory.mktemp("cluster")) as running:
        yield running
