"""A decision of the gate as it is recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipelines.shared.decisions import Item
from pipelines.shared.gate.decision import Decision, Facts


def item(key: Item, event: Mapping[str, Any], facts: Facts, decision: Decision) -> Item:
    """Return the item of a decision just made."""
    return {
        **key,
        "event_id": str(event["id"]),
        "trigger": f"{facts.trigger.kind}: {facts.trigger.name}",
        "decision": "retrain" if decision.retrain else "refuse",
        "rule": decision.rule,
        "reason": decision.reason,
        "execution_arn": "",
        "facts": json.dumps(asdict(facts), default=str, sort_keys=True),
    }
