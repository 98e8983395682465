"""Every rule over a thousand resources."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from infra.plan.evaluate import evaluate_stack
from infra.policy.findings import findings
from infra.policy.graph import resources
from infra.policy.model import Resource
from infra.policy.of_stack import told
from infra.policy.rules import RULES
from infra.policy.settings import Settings
from tests.bench.measure import Line, paired, shown

STACK = "flights-prod"
RESOURCES = 1000
BOUND = 1.0
"""Seconds that 1,000 resources may take."""
TODAY = datetime.date(2026, 11, 21)


def run() -> Iterator[Line]:
    """Measure the rules over copies of a stack, beside reading the JSON that stands in them."""
    evaluated = evaluate_stack(STACK)
    one = list(evaluated.graph.resources.values())
    settings = Settings.read(told(evaluated.resolved.config), TODAY)
    copies = -(-RESOURCES // len(one))
    many = [again(each, number) for number in range(copies) for each in resources(one)][:RESOURCES]
    texts = [value for each in many for value in each.props.values() if is_json(value)]
    ours, floor, ratio = paired(
        lambda: findings([replace(each) for each in many], settings, name=STACK),
        lambda: [json.loads(text) for text in texts],
    )
    yield Line(
        what=f"policy: {len(RULES)} rules over {len(many):,} resources of {STACK}",
        measured=shown(ours),
        floor=f"reading their {len(texts)} documents {shown(floor)}",
        ratio=ratio,
        bound=f"at most {BOUND:g} s",
        held=ours <= BOUND,
    )


def again(one: Resource, number: int) -> Resource:
    """Return a resource like it, under another name, referring to others of the same copy."""
    return replace(
        one,
        urn=f"{one.urn}-{number}",
        name=f"{one.name}-{number}",
        refers={key: [f"{urn}-{number}" for urn in urns] for key, urns in one.refers.items()},
    )


def is_json(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{")
