"""Decisions on retraining and on shadows, by pages, and one with all its figures."""

from __future__ import annotations

from typing import Any, Final

from infra.status.decisions import decision, decisions, table_of
from infra.ui import words
from infra.ui.look import Look, Page

KINDS: Final = {
    "all": frozenset[str](),
    "refused": frozenset({"refuse"}),
    "retrain": frozenset({"retrain"}),
    "shadow": frozenset({"promote", "keep", "reject", "recommend promote", "recommend reject"}),
    "failed": frozenset({"failed"}),
}
"""What can be shown alone."""


def page(look: Look, use_case: str, kind: str, after: str) -> Page:
    """Return one page of decisions, newest first."""
    look.source.use_case(use_case)
    panels = look.ask({"decisions": lambda: _listed(look, use_case, kind, after)})
    return Page(
        template="decisions.html.j2",
        title=f"Decisions on {use_case}",
        use_case=use_case,
        section="decisions",
        facts={**panels, "kind": kind, "kinds": list(KINDS), "paged": bool(after)},
    )


def one(look: Look, use_case: str, key: str) -> Page:
    """Return one decision."""
    look.source.use_case(use_case)
    dynamodb = look.client("dynamodb")
    found = decision(dynamodb, _table(look, use_case), use_case, key)
    return Page(
        template="decision.html.j2",
        title=f"Decision of {words.when(found.at)}",
        use_case=use_case,
        section="decisions",
        facts={"one": found, "figures": words.figures(found)},
    )


def _listed(look: Look, use_case: str, kind: str, after: str) -> dict[str, Any]:
    dynamodb = look.client("dynamodb")
    found, last = decisions(dynamodb, _table(look, use_case), use_case, before=after)
    wanted = KINDS[kind]
    return {
        "shown": [one for one in found if not wanted or one.decision in wanted],
        "next": last,
    }


def _table(look: Look, use_case: str) -> str:
    table = table_of(look.client("dynamodb"), look.stack, use_case)
    if table is None:
        raise LookupError(f"{look.stack} keeps no decisions on {use_case}: it has no gate.")
    return table
