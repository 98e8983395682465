"""Whether roles and bindings let somebody do something, as the API server's authorizer decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ADMINISTRATORS: Final = "system:masters"
"""The group that no rule holds back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Who asks."""

    user: str
    groups: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What is asked for."""

    verb: str
    """``get``, ``list``, ``create``, …"""
    group: str
    """API group; empty for the oldest."""
    resource: str
    """Plural, with a subresource behind a slash: ``pods/log``."""
    namespace: str | None = None
    """``None`` for what is in none, and for all of them together."""
    name: str | None = None


def allowed(
    who: Subject,
    wanted: Access,
    roles: Iterable[Mapping[str, Any]],
    bindings: Iterable[Mapping[str, Any]],
) -> bool:
    """Tell whether a binding in the wanted namespace gives ``who`` a role there that allows it.

    ``roles`` and ``bindings`` are the manifests of all namespaces; neither reaches another one.
    """
    if ADMINISTRATORS in who.groups:
        return True
    if wanted.namespace is None:  # no ClusterRole is known here
        return False
    held = {(_namespace(role), role["metadata"]["name"]): role for role in roles}
    for binding in bindings:
        if _namespace(binding) != wanted.namespace or not _concerns(binding, who):
            continue
        role = held.get((wanted.namespace, binding["roleRef"]["name"]))
        if role is not None and any(_grants(rule, wanted) for rule in role.get("rules") or ()):
            return True
    return False


def _namespace(manifest: Mapping[str, Any]) -> str | None:
    namespace: str | None = manifest["metadata"].get("namespace")
    return namespace


def _concerns(binding: Mapping[str, Any], who: Subject) -> bool:
    for subject in binding.get("subjects") or ():
        name = subject["name"]
        match subject["kind"]:
            case "User" if name == who.user:
                return True
            case "Group" if name in who.groups:
                return True
            case "ServiceAccount":
                home = subject.get("namespace") or _namespace(binding)
                if who.user == f"system:serviceaccount:{home}:{name}":
                    return True
    return False


def _grants(rule: Mapping[str, Any], wanted: Access) -> bool:
    def covers(field: str, value: str) -> bool:
        held = rule.get(field) or ()
        return "*" in held or value in held

    names = rule.get("resourceNames") or ()
    return (
        covers("verbs", wanted.verb)
        and covers("apiGroups", wanted.group)
        and covers("resources", wanted.resource)
        and (not names or wanted.name in names)
    )
