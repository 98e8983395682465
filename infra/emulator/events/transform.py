"""What a target receives of an event: all of it, a constant, a part, or a template filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.([A-Za-z0-9_\-]+)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_ABSENT = object()


class TransformError(ValueError):
    """A JSONPath or template that AWS would refuse."""


def select(event: Any, path: str) -> Any:
    """Return what a JSONPath of the kind EventBridge allows points to; ``None`` where nothing is.

    Raises:
        TransformError: the path is not ``$`` followed by ``.name``, ``['name']`` or ``[0]``.
    """
    found = _find(event, path)
    return None if found is _ABSENT else found


def payload(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """Return the text delivered to a target of a rule.

    Raises:
        TransformError: a path or template of the target is wrong.
    """
    if (constant := target.get("Input")) is not None:
        return str(constant)
    if (path := target.get("InputPath")) is not None:
        return json.dumps(select(event, path))
    if (transformer := target.get("InputTransformer")) is not None:
        return _fill(transformer, event, rule_arn)
    return json.dumps(event)


def _find(event: Any, path: str) -> Any:
    if not path.startswith("$"):
        raise TransformError(f"JSONPath must start with '$', got {path!r}")
    node, position = event, 1
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise TransformError(f"JSONPath not understood at {path[position:]!r}, got {path!r}")
        position = step.end()
        name, index = step[1] or step[3] or step[4], step[2]
        if index is not None:
            inside = isinstance(node, list) and int(index) < len(node)
            node = node[int(index)] if inside else _ABSENT
        else:
            node = node.get(name, _ABSENT) if isinstance(node, Mapping) else _ABSENT
        if node is _ABSENT:
            return _ABSENT
    return node


def _fill(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    paths: Mapping[str, str] = transformer.get("InputPathsMap") or {}
    values: dict[str, Any] = {name: _find(event, path) for name, path in paths.items()}
    values["aws.events.rule-arn"] = rule_arn
    values["aws.events.rule-name"] = rule_arn.rsplit("/", 1)[-1]
    values["aws.events.event.json"] = event
    values["aws.events.event"] = {key: part for key, part in event.items() if key != "detail"}
    values["aws.events.event.ingestion-time"] = event.get("time", "")
    template: str = transformer["InputTemplate"]

    def substitute(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        value = values[match[1]]
        quoted = _inside_string(template, match.start())
        if value is _ABSENT:
            # AWS leaves the variable out: nothing within a string, the empty string elsewhere.
            return "" if quoted or not _is_json(template) else '""'
        if isinstance(value, str):
            escaped = json.dumps(value)
            return escaped[1:-1] if quoted else (escaped if _is_json(template) else value)
        text = json.dumps(value)
        return json.dumps(text)[1:-1] if quoted and _is_json(template) else text

    return _PLACEHOLDER.sub(substitute, template)


def _is_json(template: str) -> bool:
    return template.lstrip().startswith(("{", "["))


def _inside_string(template: str, position: int) -> bool:
    """Say whether an odd number of unescaped quotes precedes the position."""
    return len(re.findall(r'(?<!\\)"', template[:position])) % 2 == 1
