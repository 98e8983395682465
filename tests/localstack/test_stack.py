from __future__ import annotations

import pytest

from infra.apply.down import down
from infra.apply.state import MemoryStore
from stacks.names import stacks
from tests.localstack.support import up


@pytest.mark.parametrize("stack", stacks())
def test_what_localstack_has_of_a_stack_stands_stays_and_goes(endpoint: str, stack: str) -> None:
    store = MemoryStore()
    first = up(stack, endpoint, store)
    assert not first.failed
    assert len(first.created) > 40
    second = up(stack, endpoint, store)
    assert (second.changes, second.failed) == (0, ())
    gone = down(stack, endpoint, unprotect=True, store=store)
    assert not gone.failed
    assert len(gone.deleted) == len(first.created)
