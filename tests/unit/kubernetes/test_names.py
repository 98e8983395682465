"""Names, labels and keys as Kubernetes takes them, character by character."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components._kubernetes import check_name
from infra.kubernetes import names
from infra.kubernetes.kinds import BY_MANIFEST
from infra.kubernetes.manifests import faults

CONFIG_MAP = BY_MANIFEST["v1", "ConfigMap"]
ODD = ("", "-a", "a-", "A", "a_b", "a b", "é", "٣", "a\n", "ⅷ", "a.", ".a", "a..b", "a/b", "a%")
"""What no label of RFC 1123 is, though a letter or a digit of some alphabet may be in it."""


@pytest.mark.parametrize(
    ("fits", "taken", "refused"),
    [
        (names.is_label, ("a", "1a", "a--b", "a" * 63), (*ODD, "a" * 64, "a.b")),
        (names.is_service, ("a", "a1", "a" * 63), (*ODD, "a" * 64, "1a")),
        (names.is_subdomain, ("a.b", "1.2", "a" * 253), (*ODD, "a" * 254, "a.-b")),
        (names.is_segment, ("A:b", "é", "...", ""), (".", "..", "a/b", "a%")),
        (names.is_label_value, ("", "A_b.c", "1", "a" * 63), ("é", "_a", "a_", "a b", "a" * 64)),
        (names.is_key, ("A_b", "a.b/C", "a" * 63), ("", "/a", "a/", "A/b", "a/b/c", "a" * 64)),
    ],
)
def test_a_form_takes_what_kubernetes_takes_and_nothing_else(
    fits: Callable[[str], bool], taken: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    assert [one for one in taken if not fits(one)] == []
    assert [one for one in refused if fits(one)] == []


@pytest.mark.parametrize("name", ODD)
def test_a_component_refuses_a_name_that_is_no_label(name: str) -> None:
    with pytest.raises(ValueError, match="name must be at most 63 of a-z, 0-9 and hyphens within"):
        check_name("name", name)


def test_a_service_begins_with_a_letter_and_a_namespace_need_not() -> None:
    check_name("name", "1a")
    with pytest.raises(ValueError, match="a letter first, got '1a'"):
        check_name("name", "1a", of_service=True)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("labels", {"a/b/c": "x"}, "metadata.labels.a/b/c must have a key of at most 63"),
        ("annotations", {"-a": "x"}, "metadata.annotations.-a must have a key of at most 63"),
        ("labels", {"team": "é"}, "metadata.labels.team must be at most 63 of A-Z"),
        ("namespace", "Space", "metadata.namespace must be at most 63 of a-z"),
        ("name", "a" * 254, "metadata.name must be at most 253 of a-z, 0-9, hyphens and dots"),
    ],
)
def test_an_object_s_names_are_told_with_their_field(path: str, value: Any, told: str) -> None:
    own = {"name": "it", "namespace": "space", path: value}
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": own}
    assert any(told in one for one in faults(CONFIG_MAP, made))


def test_annotations_may_have_capitals_where_a_domain_has_none() -> None:
    own = {"name": "a" * 100, "namespace": "space", "annotations": {"Example.com/A": "x"}}
    assert (
        list(faults(CONFIG_MAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": own})) == []
    )


def test_a_job_s_name_leaves_room_for_the_index_of_its_pods() -> None:
    job = BY_MANIFEST["batch/v1", "Job"]
    made: dict[str, Any] = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j" * 62, "namespace": "space"},
        "spec": {
            "completionMode": "Indexed",
            "template": {"spec": {"restartPolicy": "Never", "containers": []}},
        },
    }
    for nodes, refused in ((None, False), (1, True), (11, True)):
        made["spec"]["completions"] = nodes
        found = [one for one in names.faults(job, made) if "host names" in one]
        assert bool(found) is refused
