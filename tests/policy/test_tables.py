"""Lists of types that stand in the rules, held to what they are taken from."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

from infra.policy.instances import accelerated, own_disks
from infra.policy.rules import RULES
from infra.policy.rules.platform import OBJECTS, SERVING, STATEFUL, TAGGED
from infra.resources.table import table
from stacks._instances import TABLE, facts
from tests.policy.cases import Case, cases

DECLARED = sorted(token for token in table() if token.startswith("aws:"))


def test_stateful_types_are_those_of_the_table_and_what_serves() -> None:
    assert {token for token, row in table().items() if row.stateful} | SERVING == STATEFUL


def class_of(token: str) -> Any:
    service, _, name = token.removeprefix("aws:").partition("/")
    module = importlib.import_module(f"pulumi_aws.{'lambda_' if service == 'lambda' else service}")
    return getattr(module, name.partition(":")[2], None)


def test_tagged_types_are_those_that_pulumi_aws_gives_tags() -> None:
    ours = {token for rule in RULES for token in rule.types if token.startswith("aws:")}
    tagged = {
        token
        for token in {*DECLARED, *ours} - OBJECTS
        if "tags" in inspect.signature(class_of(token)._internal_init).parameters
    }
    assert tagged == TAGGED


def test_every_type_of_a_rule_is_one_of_pulumis() -> None:
    """A typo in a type token would have the rule look at nothing, and its cases pass."""
    ours = {token for rule in RULES for token in rule.types if token.startswith("aws:")}
    assert [token for token in sorted(ours) if class_of(token) is None] == []


@pytest.mark.parametrize("case", cases(), ids=str)
def test_inputs_of_the_cases_are_pulumis_own(case: Case) -> None:
    """A typo in an input's name would have rule and case agree on what no resource has."""
    for one in case.resources:
        if one.type.startswith("aws:"):
            assert list(strange(one.type, one.props)) == []


def strange(token: str, props: Mapping[str, Any]) -> Iterator[str]:
    resource = class_of(token)
    known = inspect.signature(resource._internal_init).parameters
    module = importlib.import_module(resource.__module__.rpartition(".")[0])
    for key, value in props.items():
        if snake(key) not in known:
            yield key
        else:
            yield from nested(module, resource.__name__, key, value)


def nested(module: ModuleType, above: str, key: str, value: Any) -> Iterator[str]:
    name = above + key[0].upper() + key[1:]
    found = next(
        (
            getattr(module, f"{one}Args")
            for one in (name, name.removesuffix("s"), name.removesuffix("ies") + "y")
            if hasattr(module, f"{one}Args")
        ),
        None,
    )
    for one in value if isinstance(value, list) else [value]:
        if found is not None and isinstance(one, Mapping):
            known = inspect.signature(found.__init__).parameters
            for inner, below in one.items():
                if snake(inner) not in known:
                    yield f"{name}.{inner}"
                yield from nested(module, found.__name__.removesuffix("Args"), inner, below)
        elif isinstance(one, Mapping) and key not in {"tags", "variables"}:
            yield f"{name}: no such input"


def snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()


def test_the_name_of_an_instance_type_says_what_it_is_made_of() -> None:
    names = [line.partition(",")[0] for line in TABLE.read_text("utf-8").splitlines()[1:]]
    known = {name: facts(name) for name in names}
    assert {name: (accelerated(name), own_disks(name)) for name in names} == {
        name: (bool(one.accelerator), bool(one.local_storage_gb))
        for name, one in known.items()
        if one is not None
    }


@pytest.mark.parametrize("name", ["ml.p2.xlarge", "ml.p3.2xlarge", "ml.dl1.24xlarge"])
def test_accelerated_types_that_ec2_describes_no_more_are_known(name: str) -> None:
    assert accelerated(name)
