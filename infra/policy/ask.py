"""How rules ask: what checks are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from infra.policy.model import (
    NOTHING,
    Check,
    Problem,
    Resource,
    Stack,
    UndecidedError,
    Unknown,
)

Holds = Callable[[Any], bool]


def get(value: Any, path: str) -> Any:
    """Return what stands at a dotted path, ``None`` where nothing does, unknown where that is."""
    for part in path.split("."):
        if isinstance(value, list | tuple) and len(value) == 1:
            value = value[0]  # providers give what may stand once as a list of one, too
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def is_set(value: Any) -> bool:
    """Tell whether there is anything; what is not known yet counts."""
    return isinstance(value, Unknown) or value not in (None, "", [], {}, ())


def is_own_key(value: Any) -> bool:
    """Tell whether a KMS key is the customer's; what is not known yet counts.

    Those that AWS keeps for an account have aliases of their own, ``alias/aws/…``.
    """
    return is_set(value) and "alias/aws/" not in str(value)


def is_true(value: Any) -> bool:
    """Tell whether a flag is on.

    Raises:
        UndecidedError: it is not known yet.
    """
    return known(value) is True


def is_false(value: Any) -> bool:
    """Tell whether a flag is off, by itself or by default.

    Raises:
        UndecidedError: it is not known yet.
    """
    return known(value) in (None, False)


def one_of(*allowed: Any) -> Holds:
    """Return what tells whether a value is among these."""
    return lambda value: known(value) in allowed


def known(value: Any) -> Any:
    """Return the value.

    Raises:
        UndecidedError: it is not known yet.
    """
    if isinstance(value, Unknown):
        raise UndecidedError("a value")
    return value


def tags_of(one: Resource) -> Mapping[str, Any]:
    """Return the tags of a resource, which AWS's Cloud Control API gives as a list.

    Raises:
        UndecidedError: they are not known yet.
    """
    tags = known(one.props.get("tags"))
    if isinstance(tags, list | tuple):
        return {str(known(get(tag, "key"))): get(tag, "value") for tag in tags}
    return tags if isinstance(tags, Mapping) else NOTHING


def missing_tags(one: Resource, stack: Stack) -> list[str]:
    """Return the tags that the stack asks for and a resource lacks.

    Raises:
        UndecidedError: its tags are not known yet.
    """
    tags = tags_of(one)
    return [tag for tag in stack.options.required_tags if not is_set(tags.get(tag))]


def every(items: Iterable[Any], asked: Callable[[Any], Iterable[Problem]]) -> Iterator[Problem]:
    """Yield what is wrong with any of some things, whatever is not known yet of others.

    Raises:
        UndecidedError: something is not known yet; after all the others were asked.
    """
    left: UndecidedError | None = None
    for item in items:
        try:
            yield from asked(item)
        except UndecidedError as error:
            left = error
    if left is not None:
        raise left


def must(path: str, holds: Holds, rule: str, *, where: str = "") -> Check:
    """Return a check of one input; ``where`` names one without which nothing is asked."""

    def check(one: Resource, _: Stack) -> Iterator[Problem]:
        if where and not is_set(get(one.props, where)):
            return
        value = get(one.props, path)
        if not holds(value):
            yield Problem(what=f"{path} must be {rule}", found=value)

    return check


def must_each(listed: str, path: str, holds: Holds, rule: str, *, label: str = "name") -> Check:
    """Return a check of every item of a list; ``label`` is the item's key that tells it apart."""

    def asked(item: Any) -> Iterator[Problem]:
        value = get(item, path)
        if not holds(value):
            at = str(item.get(label, "")) if isinstance(item, Mapping) else ""
            yield Problem(what=f"{listed}.{path} must be {rule}", found=value, at=at)

    return lambda one, _: every(each(get(one.props, listed)), asked)


def beside(token: str, key: str, missing: str, check: Check | None = None) -> Check:
    """Return a check that a resource of ``token`` is there for each, and what it holds.

    ``key`` is the input by which it says whom it is for; ``missing`` says what is asked.
    """

    def checked(one: Resource, stack: Stack) -> Iterator[Problem]:
        others = stack.beside(one, token, key)
        if not others:
            yield Problem(what=missing)
        if check is not None:
            yield from every(others, lambda other: check(other, stack))

    return checked


def never(what: str) -> Check:
    """Return a check that nothing of a type is declared."""
    return lambda _one, _stack: [Problem(what=what)]


def each(value: Any) -> Sequence[Any]:
    """Return a list as it is, one thing as a list of it, nothing as none.

    Raises:
        UndecidedError: it is not known yet.
    """
    value = known(value)
    if value is None or value == "":
        return ()
    return value if isinstance(value, list | tuple) else [value]
