"""Compare a resource graph with a YAML inventory, which names only what a test cares about.

    values:                     # logical name -> inputs that must be exactly so
      flights-serving-model: {enableNetworkIsolation: true, name: __absent__}
    protected: [store-raw]      # logical names that are protected; with it, no others are
    counts:                     # type token -> how many; 0 forbids the type
      aws:iam/role:Role: 1
    total: 12                   # resources in all, components included
    outputs: [raw_bucket]       # names that the stack exports
    registers: [key_arn]        # names of the outputs of the component called ``it``

``__absent__`` demands that a key is not there, ``__unknown__`` that only AWS will know its value.
Policies and other JSON texts are compared parsed.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from infra.graph.model import UNKNOWN, ResourceGraph

ABSENT = "__absent__"
UNKNOWN_VALUE = "__unknown__"


def check(graph: ResourceGraph, path: Path) -> None:
    """Assert that ``graph`` holds everything that the inventory at ``path`` names."""
    wanted = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, inputs in wanted.get("values", {}).items():
        _match(graph[name].inputs, inputs, f"{path.name}: {name}")
    counts = Counter(resource.type for resource in graph.resources.values())
    for token, count in wanted.get("counts", {}).items():
        assert counts[token] == count, f"{path.name}: {counts[token]} of {token}, not {count}"
    if "total" in wanted:
        got = len(graph.resources)
        assert got == wanted["total"], (
            f"{path.name}: {got} resources, not {wanted['total']}: {dict(sorted(counts.items()))}"
        )
    if "protected" in wanted:
        protected = sorted(one.name for one in graph.resources.values() if one.protect)
        assert protected == sorted(wanted["protected"]), f"{path.name}: protected are {protected}"
    if "outputs" in wanted:
        assert sorted(graph.outputs) == sorted(wanted["outputs"]), (
            f"{path.name}: exports {sorted(graph.outputs)}"
        )
    if "registers" in wanted:
        got_outputs = sorted(graph.component_outputs[graph["it"].urn])
        assert got_outputs == sorted(wanted["registers"]), f"{path.name}: it gives {got_outputs}"


def _match(got: Any, wanted: Any, where: str) -> None:
    if isinstance(got, str) and not isinstance(wanted, str):
        got = json.loads(got)
    if wanted == UNKNOWN_VALUE:
        assert got is UNKNOWN, f"{where}: must be unknown, got {got!r}"
    elif isinstance(wanted, dict) and not isinstance(got, list):
        for key, value in wanted.items():
            if value == ABSENT:
                assert key not in got, f"{where}.{key}: must be absent, got {got[key]!r}"
            else:
                assert key in got, f"{where}.{key}: missing, there are {sorted(got)}"
                _match(got[key], value, f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(got, list):
        assert len(got) == len(wanted), f"{where}: {len(got)} items, not {len(wanted)}: {got!r}"
        for index, pair in enumerate(zip(got, wanted, strict=True)):
            _match(*pair, f"{where}[{index}]")
    else:
        assert got == wanted, f"{where}: got {got!r}, not {wanted!r}"
