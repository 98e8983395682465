"""The reference of rules: what is asked, by whom, and under which other names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from infra.policy.model import Rule


def page(rules: Iterable[Rule]) -> str:
    """Return the reference as Markdown: a table for each of those who ask."""
    parts = [
        "# Rules\n",
        "What `mlops policy` and the policy pack ask, by who asks it first; `docs/policy.md` says",
        "how a stack sets severities and waives. Other ids that ask the same stand beside.\n",
    ]
    by_source = sorted(rules, key=lambda rule: (rule.source, _counted(rule.id)))
    for source, asked in groupby(by_source, lambda rule: rule.source):
        parts += [f"## {source}\n", *_table(asked)]
    return "\n".join(parts)


def _counted(identifier: str) -> list[tuple[str, int]]:
    """Return what sorts ``SageMaker.4`` before ``SageMaker.16``."""
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D+)(\d*)", identifier)]


def _table(rules: Iterable[Rule]) -> Iterator[str]:
    yield "| rule | asks | of | by default | also known as |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        types = ", ".join(f"`{token.rpartition(':')[2]}`" for token in rule.types)
        kinds = "every type" if rule.types == ("*",) else types
        also = ", ".join(rule.also)
        yield f"| `{rule.id}` | {rule.title} | {kinds} | {rule.severity} | {also} |"
    yield ""
