"""What was secret on its way to a provider is secret on its way back."""

from __future__ import annotations

from infra.graph.assets import SIGNATURE
from infra.graph.wire import SECRET, decode_struct, encode_struct, is_secret, keep_secrets

HIDDEN = {SIGNATURE: SECRET, "value": "hunter2"}


def test_what_was_not_asked_as_a_secret_is_given_as_it_is() -> None:
    answer = encode_struct({"open": "hunter2", "new": "n"})
    keep_secrets(answer, encode_struct({"open": "hunter2", "gone": HIDDEN}))
    assert answer == encode_struct({"open": "hunter2", "new": "n"})


def test_a_property_that_was_or_held_a_secret_is_marked_whole() -> None:
    answer = encode_struct({"key": "hunter2", "list": ["a", "hunter2"]})
    keep_secrets(answer, encode_struct({"key": HIDDEN, "list": ["a", HIDDEN]}))
    assert all(is_secret(value) for value in answer.fields.values())
    assert decode_struct(answer) == {"key": "hunter2", "list": ["a", "hunter2"]}


def test_a_secret_is_not_marked_twice() -> None:
    answer = encode_struct({"key": HIDDEN})
    keep_secrets(answer, encode_struct({"key": HIDDEN}))
    assert answer == encode_struct({"key": HIDDEN})
