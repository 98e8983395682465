"""How rules ask IAM documents: whom a statement is for, what it gives, under which conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from infra.policy.ask import each, get, known
from infra.policy.model import NOTHING, Check, Problem, Resource, Stack, Statement, parsed

ROLE: Final = "aws:iam/role:Role"
EVERYTHING: Final = frozenset({"*", "*:*"})
"""Actions that are all actions."""
CALLERS: Final = (
    *("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrg", "aws:PrincipalTag/"),
    *("aws:SourceAccount", "aws:SourceArn", "aws:SourceIp", "aws:SourceOrg", "aws:SourceOwner"),
    *("aws:SourceVpc", "aws:userid", "aws:username", "kms:CallerAccount"),
    "s3:DataAccessPointA",
)
"""What begins the keys of conditions that say who asks, or from where."""


def statements(one: Resource, key: str = "policy") -> Iterator[tuple[str, Statement]]:
    """Yield the statements of an IAM document, each with its Sid or first action to call it by.

    Raises:
        UndecidedError: the document is not known yet.
    """
    return _of_document(one.document(key))


def _of_document(document: Any) -> Iterator[tuple[str, Statement]]:
    if not isinstance(document, Mapping):
        return
    labels: dict[str, int] = {}
    for statement in each(document.get("Statement")):
        if isinstance(statement, Mapping):
            listed = {key: _listed(statement, key) for key in ("Action", "Resource")}
            label = str(statement.get("Sid") or next(iter(listed["Action"]), "statement"))
            labels[label] = labels.get(label, 0) + 1
            yield (
                label if labels[label] == 1 else f"{label} {labels[label]}",
                {**statement, **listed, "Principal": _principals(statement)},
            )


def _listed(statement: Statement, key: str) -> Sequence[str]:
    """Return what a statement names; to give all but some (``NotAction``) is to give all."""
    if allows(statement) and f"Not{key}" in statement:
        return ("*",)
    return _texts(statement.get(key))


def _texts(value: Any) -> list[str]:
    """Return a name, or names, as a list.

    Raises:
        TypeError: one is no text, which IAM would refuse.
        UndecidedError: one is not known yet.
    """
    texts = [known(one) for one in each(value)]
    if not all(isinstance(one, str) for one in texts):
        raise TypeError("names must be texts")
    return texts


def _principals(statement: Statement) -> Mapping[str, Sequence[str]]:
    """Return who is named, by kind; ``*`` alone is every AWS principal, and so are all but some."""
    if allows(statement) and "NotPrincipal" in statement:
        return {"AWS": ("*",)}
    value = known(statement.get("Principal"))
    if isinstance(value, Mapping):
        return {kind: _texts(names) for kind, names in value.items()}
    return {"AWS": _texts(value)} if value else NOTHING


def allows(statement: Statement) -> bool:
    """Tell whether a statement gives something."""
    return statement.get("Effect") == "Allow"


def everyone(statement: Statement) -> bool:
    """Tell whether a statement is about every principal there is."""
    return any("*" in names for names in statement["Principal"].values())


def conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    """Yield operator and key of each condition, which IAM reads in any case, and its values."""
    for operator, tests in (known(statement.get("Condition")) or {}).items():
        for key, values in tests.items():
            yield operator.lower(), key.lower(), [str(value) for value in each(values)]


def held_to(statement: Statement, *keys: str) -> bool:
    """Tell whether a condition holds requests to named values of one of the keys (or beginnings).

    One that names what must not be, that counts only where there is something to compare
    (``IfExists``, ``ForAllValues``), or that takes any value, holds nobody.
    """
    started = tuple(key.lower() for key in keys)
    return any(
        key.startswith(started)
        and operator.removeprefix("foranyvalue:").startswith(("string", "arn", "ipaddress"))
        and "not" not in operator
        and not operator.endswith("ifexists")
        and values
        and not any(map(_any_value, values))
        for operator, key, values in conditions(statement)
    )


def _any_value(value: str) -> bool:
    """Tell whether a value of a condition is everybody's; an ARN is, of whatever account."""
    parts = value.split(":", 5)
    if parts[0] == "arn":
        return len(parts) < 6 or "*" in parts[4] or (not parts[4] and parts[5].startswith("*"))  # noqa: PLR2004 - the parts of an ARN
    return value in {"0.0.0.0/0", "::/0"} or not value.strip("*?")


def names_whom(what: str, key: str = "policy") -> Check:
    """Return a check that no statement gives to everybody without a condition on who asks."""

    def check(one: Resource, _: Stack) -> Iterator[Problem]:
        for name, statement in statements(one, key):
            if allows(statement) and everyone(statement) and not held_to(statement, *CALLERS):
                yield Problem(what=what, found="*", at=name)

    return check


def denies_clear_text(one: Resource, action: str, *, with_objects: bool = False) -> bool:
    """Tell whether a resource's policy refuses everyone who comes without TLS.

    ``with_objects`` asks that it is about a bucket and about what lies in it, which have names
    of their own.
    """
    return any(
        statement.get("Effect") == "Deny"
        and "*" in statement["Principal"].get("AWS", ())
        and {action, "*"} & set(statement["Action"])
        and _comes_in_clear_text(statement)
        and (not with_objects or _is_about_objects_too(statement))
        for _, statement in statements(one)
    )


def _comes_in_clear_text(statement: Statement) -> bool:
    """Tell whether this is the one condition: any other would let some through."""
    found = [(*where, *map(str.lower, values)) for *where, values in conditions(statement)]
    return found == [("bool", "aws:securetransport", "false")]


def _is_about_objects_too(statement: Statement) -> bool:
    objects = [on for on in statement["Resource"] if on.endswith("/*")]
    return "*" in statement["Resource"] or 0 < len(objects) < len(statement["Resource"])


def granted(holds: Callable[[Statement], Iterable[Any]], what: str) -> Check:
    """Return a check of what each allowing statement gives; ``holds`` yields what breaks it.

    Each is told by itself: what a statement gives later is new, and needs a waiver of its own.
    """

    def check(one: Resource, _: Stack) -> Iterator[Problem]:
        for name, statement in _given(one):
            if allows(statement):
                for found in holds(statement):
                    yield Problem(what=what, found=found, at=f"{name} {found}")

    return check


def _given(one: Resource) -> Iterator[tuple[str, Statement]]:
    """Yield the statements of a policy, or of those that stand within a role."""
    if one.type != ROLE:
        yield from statements(one)
        return
    for inline in each(get(one.props, "inlinePolicies")):
        for name, statement in _of_document(parsed(get(inline, "policy"))):
            yield f"{get(inline, 'name')} {name}", statement
