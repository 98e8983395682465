"""What the emulator's API server is tested with holds of the real one, too: the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import kubernetes.client
import pytest

from tests.apiserver.servers import Cluster
from tests.emulator.kubernetes.support import SPACE, namespace
from tests.emulator.kubernetes.test_api import (
    test_a_name_is_taken_once,
    test_a_pod_that_is_not_restricted_is_kept_out,
    test_a_quota_counts_gpus_and_says_what_is_left,
    test_an_object_is_kept_listed_changed_and_removed,
    test_nothing_comes_into_a_namespace_that_is_not_there,
    test_roles_hold_whoever_is_impersonated,
    test_who_changes_an_old_state_is_refused,
)
from tests.emulator.kubernetes.test_subresources import (
    reader,
    test_a_token_for_others_is_none_for_the_cluster,
    test_configuration_that_calls_itself_immutable_does_not_change,
    test_what_an_object_was_made_with_is_not_changed_in_place,
)

__all__ = [
    "reader",
    "test_a_name_is_taken_once",
    "test_a_pod_that_is_not_restricted_is_kept_out",
    "test_a_quota_counts_gpus_and_says_what_is_left",
    "test_a_token_for_others_is_none_for_the_cluster",
    "test_an_object_is_kept_listed_changed_and_removed",
    "test_configuration_that_calls_itself_immutable_does_not_change",
    "test_nothing_comes_into_a_namespace_that_is_not_there",
    "test_roles_hold_whoever_is_impersonated",
    "test_what_an_object_was_made_with_is_not_changed_in_place",
    "test_who_changes_an_old_state_is_refused",
]

client: Any = kubernetes.client  # its methods take models, and mappings as well


@pytest.fixture(scope="module")
def api(cluster: Cluster) -> Iterator[Any]:
    """Return the official client, as the cluster's administrator."""
    client.CoreV1Api(cluster.api).create_namespace(namespace(SPACE))
    yield cluster.api
    client.CoreV1Api(cluster.api).delete_namespace(SPACE)


@pytest.fixture
def core(api: Any) -> Any:
    """Return the oldest group's API."""
    return client.CoreV1Api(api)
