"""Alarms, and how each came to its state."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from infra.status.alarms import Change, alarms, history
from infra.ui.look import Look, Page

EACH: Final = 5
MERGED: Final = 25
PAGE: Final = 50
ORDER: Final = {"ALARM": 0, "INSUFFICIENT_DATA": 1, "OK": 2}


def page(look: Look, use_case: str) -> Page:
    """Return the alarms of a use case, those that are on first, and what changed lately."""
    look.source.use_case(use_case)
    cloudwatch = look.client("cloudwatch")
    found = look.ask({"alarms": lambda: alarms(cloudwatch, look.prefix(use_case))})["alarms"]
    listed = sorted(found.value or (), key=lambda one: (ORDER.get(one.state, 1), one.name))
    asked = {one.name: partial(history, cloudwatch, one.name, count=EACH) for one in listed}
    answers = look.ask(asked)
    changes: list[Change] = [
        change for panel in answers.values() if not panel.trouble for change in panel.value[0]
    ]
    return Page(
        template="alarms.html.j2",
        title=f"Alarms of {use_case}",
        use_case=use_case,
        section="alarms",
        facts={
            "alarms": found,
            "listed": listed,
            "changes": sorted(changes, key=lambda one: one.at, reverse=True)[:MERGED],
            "troubles": sorted({panel.trouble for panel in answers.values() if panel.trouble}),
        },
    )


def one(look: Look, use_case: str, name: str, after: str) -> Page:
    """Return one alarm and its history, by pages."""
    look.source.use_case(use_case)
    cloudwatch = look.client("cloudwatch")
    full = f"{look.prefix(use_case)}-{name}"
    panels = look.ask(
        {
            "alarm": lambda: _named(cloudwatch, full),
            "history": partial(history, cloudwatch, full, count=PAGE, after=after),
        }
    )
    return Page(
        template="alarm.html.j2",
        title=f"Alarm {name}",
        use_case=use_case,
        section="alarms",
        facts={**panels, "name": name, "paged": bool(after)},
    )


def _named(cloudwatch: Any, name: str) -> Any:
    found = [one for one in alarms(cloudwatch, name.rpartition("-")[0]) if one.name == name]
    if not found:
        raise LookupError(f"There is no alarm {name}.")
    return found[0]
