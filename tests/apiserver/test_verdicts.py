"""What is refused here is what an API server refuses, field by field."""

from __future__ import annotations

import re
from typing import Final

import pytest

from infra.kubernetes.manifests import formal_faults
from tests.apiserver import verdicts
from tests.apiserver.rich import OBJECTS
from tests.apiserver.servers import Cluster
from tests.manifests import Manifest, of

STRICTER: Final = (
    r"HorizontalPodAutoscaler: .* spec\.metrics\.\d\.\w+\.metric\.selector\..*",
    r".*: (no|null) .*\.(preStop\.sleep\.seconds|sysctls\.\d\.value|httpHeaders\.\d\.value)",
    r".*: (no|null) .*\.preference",
    r"(LimitRange|Job): (no|null) spec\.(limits|podFailurePolicy\.rules)",
    r"LimitRange: null spec\.limits\.2\.max\.storage",
    r".*: empty .*",
)
"""What servers take and we do not: selectors that they hand on unread, fields that the published
schemas require though servers know a value for them, and texts that are given empty."""


@pytest.mark.parametrize("manifest", OBJECTS, ids=lambda one: one["kind"])
def test_what_a_server_takes_is_taken(manifest: Manifest) -> None:
    assert list(formal_faults(of(manifest), manifest, ("1.36",))) == []


def test_every_change_is_refused_where_a_server_refused_it() -> None:
    held = verdicts.recorded()
    letters = {name: iter(told) for name, told in held["verdicts"].items()}
    differing = {}
    for name, what, value in verdicts.each():
        ours = list(formal_faults(of(value), value, (held["version"],)))
        theirs = next(letters[name]) == verdicts.REFUSED
        if bool(ours) != theirs:
            differing[what] = ours
    assert [next(told, None) for told in letters.values()] == [None] * len(letters)
    unexpected = {
        what: ours
        for what, ours in differing.items()
        if not ours or not any(re.fullmatch(one, what) for one in STRICTER)
    }
    assert unexpected == {}


def test_the_record_is_what_the_server_says(cluster: Cluster) -> None:
    held = verdicts.recorded()
    if cluster.version != held["version"]:
        pytest.skip(f"the record is of {held['version']}, the server {cluster.version}")
    verdicts.prepared(cluster)
    for one in OBJECTS:
        assert cluster.refusal(one) is None
    assert verdicts.of(cluster) == held["verdicts"], "python -m tests.apiserver.verdicts"
