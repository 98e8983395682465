"""Teams, and environments of one team, share nothing but code and layers.

All stacks stand in one account and region, the worst case, beside others whose names begin as
theirs do. Whoever acts in one is asked about everything that stands in the others, by all that
its policies name, with every condition met that a caller can meet.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from infra.emulator.iam.decision import Policies, Principal, Request, decide
from infra.emulator.iam.patterns import like_arn
from infra.short_lived import write
from stacks.names import parse, stacks
from tests.stacks.concerning import about, kind
from tests.stacks.owned import ACCOUNT, Role, Stack, Thing, patterns

ROOT = Path(__file__).parents[2]
LONGER = "flights2"
"""A team whose name begins as that of flights does, with a use case of the same name."""
OF_A_WHILE = "pr1"
EVERY = "*"
Pair = tuple[Stack, Stack]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> list[Stack]:
    """Every stack of the project, and those with names like theirs."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "stacks", root / "stacks")
    folder = root / "stacks"
    shutil.copy(folder / "teams" / "flights.yaml", folder / "teams" / f"{LONGER}.yaml")
    shutil.copy(folder / "Pulumi.flights-dev.yaml", folder / f"Pulumi.{LONGER}-dev.yaml")
    write("flights-dev", OF_A_WHILE, date(2026, 11, 24), root)
    names = [*stacks(root), f"flights-dev-{OF_A_WHILE}"]
    return [Stack(name, root) for name in names]


@pytest.fixture(scope="module")
def strangers(standing: list[Stack]) -> list[Pair]:
    """Stacks of two teams in one environment, or of one team in two environments.

    What stands for a while beside a stack is that stack's: its people are the same.
    """
    named = [(one, parse(one.name)) for one in standing]
    return [
        (one, other)
        for (one, its), (other, others) in permutations(named, 2)
        if (its.team == others.team) is not (its.environment == others.environment)
    ]


def test_no_role_may_do_anything_to_what_another_stack_owns(strangers: list[Pair]) -> None:
    found = sorted(
        {
            f"{one.name}'s {role.name}: {action} on {kind(thing.arn)} of {other.name}"
            for one, other in strangers
            for role in one.roles
            for action, thing in reached(role, other)
        }
    )
    assert not found, "\n".join(found)


def test_no_role_is_assumed_from_another_stack(strangers: list[Pair]) -> None:
    found = [
        f"{one.name}'s {role.name} by {other.name}'s {thing.arn}"
        for one, other in strangers
        for role in one.roles
        for thing in other.things
        if ":role/" in thing.arn and may(role, "sts:AssumeRole", thing, {})
    ]
    assert not found


def test_the_evaluation_finds_what_a_role_may_do_in_its_own_stack(standing: list[Stack]) -> None:
    for one in standing:
        kinds = {kind(thing.arn) for role in one.roles for _, thing in reached(role, one)}
        assert {"s3", "kms", "sagemaker:feature-group", "sagemaker:model"} <= kinds
        if any("deploy" in role.name for role in one.roles):
            assert {"iam:role", "scheduler:schedule", "cloudwatch:dashboard"} <= kinds


def reached(role: Role, other: Stack) -> Iterator[tuple[str, Thing]]:
    """Yield what a role may do to a stack's things."""
    for document in role.identity:
        for statement in patterns(document):
            for thing in concerned(statement, other):
                for action in actions(statement):
                    if about(action, kind(thing.arn)) and may(
                        role, action, thing, satisfied(statement)
                    ):
                        yield action, thing


def concerned(statement: Mapping[str, Any], other: Stack) -> list[Thing]:
    """Return the things that a statement's resources cover."""
    assert "NotResource" not in statement
    assert "NotAction" not in statement
    held = statement["Resource"]
    return [
        thing
        for pattern in ([held] if isinstance(held, str) else held)
        for thing in covered(re.sub(r"\$\{[^}]*\}", EVERY, pattern), other)
    ]


@cache
def covered(pattern: str, other: Stack) -> list[Thing]:
    if EVERY not in pattern and "?" not in pattern:
        return [one for one in other.things if one.arn == pattern]
    if pattern == EVERY:
        return list({alike(one): one for one in other.things}.values())
    return [one for one in other.things if like_arn(pattern, one.arn)]


def alike(thing: Thing) -> tuple[object, ...]:
    """Return what things share that only their names tell apart."""
    return kind(thing.arn), tuple(sorted(thing.tags.items())), thing.policy


def actions(statement: Mapping[str, Any]) -> list[str]:
    held = statement["Action"]
    return [held] if isinstance(held, str) else held


def satisfied(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return condition keys by which a caller meets a statement.

    All but the thing's own tags, and that the thing is only being created.
    """
    keys: dict[str, Any] = {"aws:SecureTransport": True, "s3:TlsVersion": "1.3"}
    for operator, wanted in statement.get("Condition", {}).items():
        for key, values in wanted.items():
            first = values[0] if isinstance(values, list) else values
            own = "ResourceTag" in key or key == "sagemaker:TaggingAction"
            if not own and operator != "Null":
                keys[key] = str(first).replace(EVERY, "any")
    return keys


def may(role: Role, action: str, thing: Thing, keys: Mapping[str, Any]) -> bool:
    """Return IAM's decision: identity, boundary, and what lies on the thing."""
    tags = {f"aws:ResourceTag/{key}": value for key, value in thing.tags.items()}
    own = {f"aws:PrincipalTag/{key}": value for key, value in role.tags.items()}
    session = role.arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/any"
    principal = Principal(ACCOUNT, (session, role.arn))
    held = Policies(identity=role.identity, boundary=role.boundary, resource=thing.policy)
    request = Request(action, thing.arn, {**keys, **own, **tags})
    return bool(decide(request, principal, held))
