"""Where the state of a stack is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.apply.removal import dependents_first
from infra.apply.state import EmulatorStore, StackState, Standing, StateError, exports
from infra.emulator.server import Emulator
from infra.graph.model import UNKNOWN


def standing(urn: str, *dependencies: str) -> Standing:
    return Standing(
        urn=urn,
        type="aws:s3/bucket:Bucket",
        name=urn,
        id=f"{urn}-1",
        inputs={"tags": {"a": "b"}},
        outputs={"arn": "arn"},
        dependencies=list(dependencies),
    )


def state(*resources: Standing) -> StackState:
    return StackState(
        project="loop",
        stack="flights-sandbox",
        region="us-east-1",
        resources=list(resources),
        outputs={"bucket": "b"},
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    workspace = tmp_path_factory.mktemp("workspace")
    with Emulator(workspace=workspace, parts=("credentials", "admin")) as running:
        yield running.endpoint_url


def test_a_state_is_read_as_it_was_written_and_forgotten(url: str) -> None:
    store = EmulatorStore(url)
    written = state(standing("one"), standing("two", "one"))
    assert store.load("flights-sandbox") is None
    with store.locked("flights-sandbox"):
        store.save(written)
    assert EmulatorStore(url).load("flights-sandbox") == written
    with store.locked("flights-sandbox"):
        store.remove("flights-sandbox")
    assert store.load("flights-sandbox") is None


def test_fails_when_somebody_else_is_changing_the_stack_and_says_who(url: str) -> None:
    with (
        EmulatorStore(url).locked("flights-sandbox"),
        pytest.raises(StateError, match=r"'flights-sandbox' is locked by .* \(pid \d+\) since"),
        EmulatorStore(url).locked("flights-sandbox"),
    ):
        pass


def test_fails_when_a_state_is_written_without_its_lock(url: str) -> None:
    with pytest.raises(StateError, match="must be locked to be written"):
        EmulatorStore(url).save(state())


def test_fails_when_the_state_is_of_another_version() -> None:
    written = {**state().to_document(), "version": 7}
    with pytest.raises(StateError, match="state must be of version 1"):
        StackState.from_document(written)


def test_dependents_go_first_also_where_they_are_older() -> None:
    role, policy, model = standing("role", "policy"), standing("policy"), standing("model", "role")
    order = dependents_first([role, policy, model])
    assert [resource.urn for resource in order] == ["model", "role", "policy"]


def test_what_is_unknown_is_left_out_of_the_outputs_kept() -> None:
    assert exports({"bucket": "b", "arn": UNKNOWN}) == {"bucket": "b"}
