"""What a client asks first: the version, the groups, the kinds of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra.kubernetes.kinds import BY_MANIFEST, Kind

if TYPE_CHECKING:
    from infra.emulator.kubernetes.cluster import Cluster

_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update"]


def found(  # noqa: PLR0911 - a table
    cluster: Cluster, parts: list[str]
) -> Mapping[str, Any] | str | None:
    """Return the answer to a question about the API itself; ``None`` where it is none."""
    kinds = [kind for kind in BY_MANIFEST.values() if cluster.serves(kind)]
    match parts:
        case ["healthz" | "livez" | "readyz"]:
            return "ok"
        case ["version"]:
            major, minor = cluster.version.split(".")
            return {"major": major, "minor": minor, "gitVersion": f"v{cluster.version}.0"}
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups(kinds)}
        case ["api", version]:
            return _resources(version, kinds)
        case ["apis", group]:
            return next((one for one in _groups(kinds) if one["name"] == group), None)
        case ["apis", group, version]:
            return _resources(f"{group}/{version}", kinds)
    return None


def _groups(kinds: list[Kind]) -> list[dict[str, Any]]:
    versions = sorted({kind.api_version for kind in kinds if kind.group})
    return [
        {
            "kind": "APIGroup",
            "apiVersion": "v1",
            "name": one.partition("/")[0],
            "versions": [{"groupVersion": one, "version": one.partition("/")[2]}],
            "preferredVersion": {"groupVersion": one, "version": one.partition("/")[2]},
        }
        for one in versions
    ]


def _resources(api_version: str, kinds: list[Kind]) -> dict[str, Any] | None:
    own = [kind for kind in kinds if kind.api_version == api_version]
    if not own:
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": api_version,
        "resources": [
            {
                "name": kind.plural,
                "singularName": kind.name.lower(),
                "namespaced": kind.namespaced,
                "kind": kind.name,
                "verbs": _VERBS,
            }
            for kind in own
        ],
    }
