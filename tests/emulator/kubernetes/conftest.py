"""A cluster with one namespace, and the official client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import kubernetes.client
import pytest

from infra.emulator.server import Emulator
from infra.kubernetes.kinds import API_PATH
from tests.emulator.kubernetes.support import SPACE, namespace

client: Any = kubernetes.client  # its methods take models, and mappings as well


@pytest.fixture(scope="module")
def api(emulator: Emulator) -> Iterator[Any]:
    """Return the official client, as the cluster's administrator."""
    host = f"{emulator.endpoint_url}{API_PATH}"
    with client.ApiClient(client.Configuration(host=host)) as made:
        client.CoreV1Api(made).create_namespace(namespace(SPACE))
        yield made


@pytest.fixture
def core(api: Any) -> Any:
    """Return the oldest group's API."""
    return client.CoreV1Api(api)
