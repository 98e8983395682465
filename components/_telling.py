"""An event told to people: a rule, and a line of text for each topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """Which events, and what is said of each."""

    description: str
    pattern: pulumi.Input[str]
    paths: Mapping[str, str]
    """Name in the text to JSONPath in the event."""
    text: str
    """With ``<name>`` for each of them."""


def tell(
    name: str,
    what: Telling,
    topics: Sequence[pulumi.Input[str]],
    *,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> list[aws.cloudwatch.EventTarget]:
    """Declare the rule, return its targets; the topics' policies must let EventBridge publish."""
    child = pulumi.ResourceOptions(parent=parent)
    rule = aws.cloudwatch.EventRule(
        name, description=what.description, event_pattern=what.pattern, tags=tags, opts=child
    )
    return [
        aws.cloudwatch.EventTarget(
            f"{name}-{number}",
            rule=rule.name,
            arn=topic,
            input_transformer={
                "input_paths": dict(what.paths),
                "input_template": f'"{what.text}"',
            },
            opts=child,
        )
        for number, topic in enumerate(topics, 1)
    ]
