"""A case that passes and one that fails for each rule, as tables of ``cases/*.yaml``.

A case is the properties of one resource of the rule's first type, or a list of resources, each
with ``type`` (the rule's where it is left out), ``name``, ``props``, ``refers`` (input to the names
of what it is taken from), ``protect`` and ``delete_before_replace``. ``!json`` writes a document
as text; ``!unknown`` is what only AWS will know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.policy.model import UNKNOWN, Resource
from infra.policy.rules import BY_ID

FOLDER = Path(__file__).parent / "cases"
STACK = "cases-dev"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Some resources, and whether a rule holds for them."""

    rule: str
    number: int
    holds: bool
    resources: tuple[Resource, ...]
    policy: Mapping[str, Any] = field(default_factory=dict)
    """What the stack's settings say, as in a stack file."""

    def __str__(self) -> str:
        """Name the case in the tests' output."""
        return f"{self.rule}-{'passes' if self.holds else 'fails'}-{self.number}"


class _Loader(yaml.SafeLoader):
    pass


def _text(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    assert isinstance(node, yaml.MappingNode)
    return json.dumps(loader.construct_mapping(node, deep=True))


_Loader.add_constructor("!json", _text)
_Loader.add_constructor("!unknown", lambda _loader, _node: UNKNOWN)


@cache
def cases() -> tuple[Case, ...]:
    """Return every case of every file."""
    return tuple(case for path in sorted(FOLDER.glob("*.yaml")) for case in _of(path))


def _of(path: Path) -> Iterator[Case]:
    tables = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    for rule, table in tables.items():
        for holds, word in ((True, "passes"), (False, "fails")):
            for number, case in enumerate(table[word], 1):
                yield Case(
                    rule=rule,
                    number=number,
                    holds=holds,
                    resources=tuple(_resources(rule, case)),
                    policy=table.get("policy", {}),
                )


def _resources(rule: str, case: Any) -> Iterator[Resource]:
    kind = BY_ID[rule].types[0]
    kind = "aws:sns/topic:Topic" if kind == "*" else kind
    listed = case if isinstance(case, list) else [{"props": case}]
    named = {one.get("name", "it"): _urn(one.get("type", kind), one) for one in listed}
    for one in listed:
        yield Resource(
            urn=_urn(one.get("type", kind), one),
            type=one.get("type", kind),
            name=one.get("name", "it"),
            props=one.get("props") or {},
            refers={
                key: [named[name] for name in names] for key, names in one.get("refers", {}).items()
            },
            protect=one.get("protect", True),
            delete_before_replace=one.get("delete_before_replace", False),
        )


def _urn(token: str, one: Mapping[str, Any]) -> str:
    return f"urn:pulumi:{STACK}::mlops-loop::{token}::{one.get('name', 'it')}"
