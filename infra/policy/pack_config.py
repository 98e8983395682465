"""What Pulumi is told of a stack's settings: ``--policy-pack-config``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.policy.findings import WAIVERS
from infra.policy.rules import RULES


def pack_config(policy: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return each policy's level, and what it is told; ``policy`` is the settings' as JSON."""
    waivers = [dict(one) for one in policy.get("waivers") or ()]
    severities = policy.get("severities") or {}
    shared = {
        key: list(policy[key])
        for key in ("required_tags", "gpu_types")
        if policy.get(key) is not None
    }
    config = {
        rule.id: {
            "enforcementLevel": severities.get(rule.id, rule.severity),
            **shared,
            "waivers": [one for one in waivers if one["rule"] == rule.id],
        }
        for rule in RULES
    }
    return {**config, WAIVERS: {"enforcementLevel": "mandatory", "waivers": waivers}}
