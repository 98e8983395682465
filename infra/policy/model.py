"""What rules are made of, and what they look at: plain values of one stack."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Literal, final

Severity = Literal["mandatory", "advisory", "disabled"]
Statement = Mapping[str, Any]
"""One of an IAM document, with ``Action``, ``Resource`` and principals always as lists."""

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
NAMES: Final = ("bucket", "name", "arn")
"""Inputs that others call a resource by."""
STACK: Final = "pulumi:pulumi:Stack"
"""Type of the stack itself, for rules about what a stack must have."""
_RENAMED: Final = (
    "Bucket",
    "BucketAcl",
    "BucketLifecycleConfiguration",
    "BucketLogging",
    "BucketServerSideEncryptionConfiguration",
    "BucketVersioning",
    "BucketWebsiteConfiguration",
)
SAME: Final[Mapping[str, str]] = MappingProxyType(
    {f"aws:s3/b{kind[1:]}V2:{kind}V2": f"aws:s3/b{kind[1:]}:{kind}" for kind in _RENAMED}
)
"""Type tokens of pulumi-aws before version 7 that mean the same."""


@final
class Unknown:
    """A value that only AWS will know; it counts as set."""

    def __repr__(self) -> str:
        return "<known once it stands>"


UNKNOWN: Final = Unknown()


class UndecidedError(Exception):
    """What a rule has to look at is not known yet."""


def parsed(value: Any) -> Any:
    """Return a JSON document, ``None`` where there is none.

    Raises:
        UndecidedError: it is not known yet.
        ValueError: it is no JSON.
    """
    if isinstance(value, Unknown):
        raise UndecidedError("a document")
    if isinstance(value, str):
        return json.loads(value) if value else None
    return value


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One declared resource."""

    urn: str
    type: str
    """Pulumi type token."""
    name: str
    """Logical name."""
    props: Mapping[str, Any]
    """Pulumi's own (camelCase) names; :data:`UNKNOWN` where only AWS will know."""
    refers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """URNs of the resources that each input takes something from."""
    protect: bool = False
    """Pulumi refuses to delete it."""
    delete_before_replace: bool = False
    """Where it is replaced, it is gone before its successor is there."""

    @cached_property
    def _documents(self) -> dict[str, Any]:
        return {}

    def document(self, key: str) -> Any:
        """Return the JSON document of an input, ``None`` where there is none.

        Raises:
            UndecidedError: it is not known yet.
            ValueError: it is no JSON.
        """
        if key not in self._documents:
            self._documents[key] = parsed(self.props.get(key))
        return self._documents[key]


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What rules are told by the stack's settings."""

    required_tags: tuple[str, ...] = ("project", "environment", "owner", "team")
    gpu_types: tuple[str, ...] = ()
    """Patterns of instance types with GPUs that may be declared."""
    today: datetime.date = datetime.date.min


class Stack:
    """Everything that a stack declares, found by type and by what refers to what."""

    def __init__(self, resources: Iterable[Resource], options: Options) -> None:
        self.resources = tuple(resources)
        self.options = options
        self._of_type: dict[str, list[Resource]] = {}
        for one in self.resources:
            self._of_type.setdefault(SAME.get(one.type, one.type), []).append(one)
        self._taking: dict[str, set[str]] | None = None
        self._referring: dict[tuple[str, str], dict[str, list[Resource]]] = {}

    def of_type(self, *tokens: str) -> list[Resource]:
        """Return every resource of these types."""
        return [one for token in tokens for one in self._of_type.get(token, ())]

    def beside(self, one: Resource, token: str, key: str) -> list[Resource]:
        """Return the resources of a type whose input ``key`` is taken from ``one``, or names it.

        Raises:
            UndecidedError: there is none, but one whose name is not known yet may be.
        """
        index = self._referring.get((token, key))
        if index is None:
            index = self._referring[token, key] = self._index(token, key)
        names = [one.urn, *_names(one)]
        found = [other for name in names for other in index.get(name, ())]
        if not found and any(_may_name(other, key, one) for other in self.of_type(token)):
            raise UndecidedError(key)
        return list({other.urn: other for other in found}.values())

    def _index(self, token: str, key: str) -> dict[str, list[Resource]]:
        index: dict[str, list[Resource]] = {}
        for other in self.of_type(token):
            value = other.props.get(key)
            for name in (*other.refers.get(key, ()), *([value] if isinstance(value, str) else [])):
                index.setdefault(name, []).append(other)
        return index

    def inputs_that_take(self, one: Resource) -> frozenset[str]:
        """Return the names of the inputs, of whatever resources, that take something from one."""
        if self._taking is None:
            self._taking = {}
            for other in self.resources:
                for key, urns in other.refers.items():
                    for urn in urns:
                        self._taking.setdefault(urn, set()).add(key)
        return frozenset(self._taking.get(one.urn, ()))

    def taken_from(self, one: Resource, key: str, *tokens: str) -> list[Resource]:
        """Return the resources of these types that ``key`` of ``one`` is taken from, or names."""
        urns, value = one.refers.get(key, ()), one.props.get(key)
        return [
            other
            for other in self.of_type(*tokens)
            if other.urn in urns or (isinstance(value, str) and value in _names(other))
        ]


def _may_name(other: Resource, key: str, one: Resource) -> bool:
    """Tell whether an input says whom it is for by a value that is not known yet."""
    if other.refers.get(key):
        return False
    own = [one.props.get(name) for name in NAMES]
    return isinstance(other.props.get(key), Unknown) or any(
        isinstance(name, Unknown) for name in own
    )


def _names(one: Resource) -> list[str]:
    """Return what others call a resource by, as far as it says so itself."""
    told = (one.props.get(key) for key in NAMES)
    return [name for name in told if isinstance(name, str)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that breaks a rule, in one resource."""

    what: str
    """Field and rule, for example ``rootAccess must be Disabled``."""
    found: Any = None
    """The value there; never one that may be a secret."""
    at: str = ""
    """Where in the resource, where there are several places: a statement, a step, a variant."""


Check = Callable[[Resource, Stack], Iterable[Problem]]
"""Yields what breaks a rule in a resource; may raise :class:`UndecidedError`."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rule:
    """One thing that is asked of every resource of some types."""

    id: str
    title: str
    """What is asked, as a sentence without its full stop."""
    types: tuple[str, ...]
    """Type tokens, :data:`STACK` for the stack itself, or ``*`` for every type."""
    check: Check
    remedy: str
    """What to do, as a sentence without its full stop."""
    severity: Severity = "mandatory"
    """Where a stack's settings say nothing."""
    also: tuple[str, ...] = ()
    """Other ids, of scanners and benchmarks, that ask the same."""
    beside: bool = False
    """Looks at other resources, too."""

    @property
    def source(self) -> str:
        """Name who asks, from the form of the id."""
        return source(self.id)


def source(identifier: str) -> str:
    """Name who asks for a control, from the form of its id."""
    for start, name in _SOURCES.items():
        if identifier.startswith(start):
            return name
    if "_" in identifier:
        return "Prowler"
    return "AWS Security Hub" if "." in identifier else "AWS Config"


_SOURCES: Final = {
    "mlops-": "this platform",
    "CKV": "checkov",
    "AwsSolutions-": "cdk-nag",
    "HIPAA.Security-": "cdk-nag",
    "NIST.": "cdk-nag",
    "PCI.DSS": "cdk-nag",
    "CIS ": "CIS AWS Foundations 6.0",
    "CT.": "AWS Control Tower",
}
