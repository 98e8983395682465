"""Which rules count how much here, and what is waived by whom until when."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from stacks.errors import close_to
from stacks.settings import Settings

RULES = Path(__file__).parent / "policy_rules.txt"
"""A rule a line, then the ids of others that ask the same; ``infra.policy`` writes it."""


@cache
def rules() -> dict[str, str]:
    """Return every id that a control is known by, with the id of its rule."""
    lines = [line.split("\t") for line in RULES.read_text(encoding="utf-8").splitlines()]
    others = {other: name for name, *also in lines for other in also}
    return others | {name: name for name, *_ in lines}


def _known(rule: str) -> str:
    known = rules()
    if known.get(rule) == rule:
        return rule
    close = (known[rule],) if rule in known else close_to(rule, known)
    raise PydanticCustomError(
        "rule", "{rule}", {"rule": "must be a rule's id (see docs/policy.md)", "close": close}
    )


RuleId = Annotated[str, AfterValidator(_known)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Pattern = Text


class Waiver(Settings):
    """A rule that somebody lets be broken in one place for a time."""

    rule: RuleId
    """Id of the rule."""
    resource: Pattern
    """Logical name, or a pattern of it (``*``, ``?``); ``stack`` for the stack itself."""
    at: Pattern = "*"
    """Place within the resource, or a pattern of it: a statement, a step, a variant."""
    owner: Annotated[Text, StringConstraints(min_length=3)]
    """Who answers for it: a mail address or a person's name."""
    reason: Annotated[Text, StringConstraints(min_length=10)]
    """Why it may be broken, as a sentence."""
    expires: datetime.date
    """Last day on which it counts, YYYY-MM-DD; from the next on it stops every change."""


class Policy(Settings):
    """What the rules of ``infra/policy`` ask of this stack."""

    severities: dict[RuleId, Literal["mandatory", "advisory", "disabled"]] = Field(
        default_factory=dict
    )
    """By rule: stop the change, tell, or do not look; the rule's own where nothing is said."""
    gpu_types: tuple[Pattern, ...] = ()
    """Instance types with GPUs, or patterns of them, that may be used; none where empty."""
    required_tags: tuple[Text, ...] = ("project", "environment", "owner", "team")
    """Tags that everything carries that takes tags."""
    waivers: tuple[Waiver, ...] = ()
    """What may be broken; a stack's own file replaces those of its layers."""
