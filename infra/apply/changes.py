"""Declared against standing: what changed, and what that asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

from infra.apply.state import Standing
from infra.engine.diff import compare, ignoring, replacing, top_level
from infra.graph.assets import SIGNATURE, is_asset, opened
from infra.graph.model import Resource, Unknown
from infra.resources.handler import ResourceType


def fingerprint(properties: Mapping[str, Any], secrets: frozenset[str]) -> dict[str, Any]:
    """Return properties as the state keeps them: assets and secrets by their SHA-256."""
    return {
        key: {"sha256": _digest(value)} if key in secrets else _hashed(value)
        for key, value in properties.items()
    }


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    """Return the inputs that differ; a missing one equals an empty one."""
    return frozenset(
        key
        for key in old.keys() | new.keys()
        if old.get(key) != new.get(key) and not (_empty(old.get(key)) and _empty(new.get(key)))
    )


def within(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    changes: frozenset[str],
    replace_on: frozenset[str],
) -> frozenset[str]:
    """Return the changed inputs; where a part of one decides, by the paths that changed in it."""
    parted = {top_level(path) for path in replace_on if "." in path} & changes
    inside = compare(
        {key: old[key] for key in parted & old.keys()},
        {key: new[key] for key in parted & new.keys()},
        replace_on=(),
    )
    return (changes - parted) | frozenset(inside.changes)


def decide(
    kind: ResourceType, resource: Resource, inputs: Mapping[str, Any], old: Standing | None
) -> tuple[Literal["create", "update", "replace", "same"], dict[str, Any]]:
    """Return what is to be done about a declared resource, and its checked inputs.

    Raises:
        InputError: an input is missing, unknown or impossible.
    """
    before = old.inputs if old is not None else {}
    checked = kind.check(resource.name, inputs, before or None)
    if old is None:
        return "create", checked
    if resource.ignore_changes:
        checked = ignoring(checked, before, resource.ignore_changes)
    after = fingerprint(checked, resource.secrets)
    changes = changed(before, after)
    asking = replacing(
        within(before, after, changes, kind.replace_on),
        replace_on=kind.replace_on,
        forced=resource.replace_on_changes,
    )
    if old.type != resource.type or asking:
        return "replace", checked
    return ("update" if changes else "same"), checked


def revealed(
    outputs: Mapping[str, Any], inputs: Mapping[str, Any], secrets: frozenset[str]
) -> dict[str, Any]:
    """Return the outputs with the assets and secrets that the state keeps by hash only."""
    prints = fingerprint(inputs, secrets)
    same = {key: value for key, value in inputs.items() if outputs.get(key, ...) == prints[key]}
    return {**outputs, **same}


def deletes_first(
    kind: ResourceType, resource: Resource, old: Mapping[str, Any], new: Mapping[str, Any]
) -> bool:
    """Tell whether the predecessor must go before its successor is made: both bear one name."""
    if resource.delete_before_replace or kind.delete_before_replace:
        return True
    name = kind.autoname.property if kind.autoname else None
    return name is not None and old.get(name) == new.get(name)


def unknown(value: Any) -> bool:
    """Tell whether something in ``value`` is not known yet."""
    if isinstance(value, Mapping):
        return any(unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(unknown(item) for item in value)
    return isinstance(value, Unknown)


def _hashed(value: Any) -> Any:
    if isinstance(value, Mapping):
        if is_asset(value):
            return {SIGNATURE: value[SIGNATURE], "sha256": opened(value).sha256()}
        return {key: _hashed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hashed(item) for item in value]
    return value


def _digest(value: Any) -> str:
    return hashlib.sha256(
        json.dumps(_hashed(value), sort_keys=True, default=repr).encode()
    ).hexdigest()


def _empty(value: Any) -> bool:
    return value is None or value in ({}, [], "")
