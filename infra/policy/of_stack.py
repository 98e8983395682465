"""What a stack breaks, from its code alone."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from infra.graph.model import ResourceGraph
from infra.policy.findings import Finding, findings, undecided
from infra.policy.graph import resources
from infra.policy.settings import Settings
from stacks.config import StackConfig


def of_stack(graph: ResourceGraph, config: StackConfig, today: datetime.date) -> list[Finding]:
    """Return what the stack breaks by its own settings, what stops first."""
    settings = Settings.read(told(config), today)
    return findings(resources(graph.resources.values()), settings, name=config.stack)


def left_open(
    graph: ResourceGraph, config: StackConfig, today: datetime.date
) -> Mapping[str, list[str]]:
    """Return what the code alone cannot decide: the URN of each resource, and its rules."""
    settings = Settings.read(told(config), today)
    rules: dict[str, list[str]] = {}
    for rule, urn in undecided(resources(graph.resources.values()), settings):
        rules.setdefault(urn, []).append(rule)
    return rules


def told(config: StackConfig) -> Mapping[str, Any]:
    """Return what a stack's settings say about rules, as JSON."""
    values: Mapping[str, Any] = config.policy.model_dump(mode="json")
    return values
