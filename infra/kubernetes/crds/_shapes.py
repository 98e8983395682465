"""What schemas of custom resources are made of."""

from __future__ import annotations

from typing import Any, Final

DEFINITIONS: Final = "https://kubernetes.io/api/_definitions.json"
TEXT: Final = {"type": "string"}
METADATA: Final = {"$ref": f"{DEFINITIONS}#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}


def core(name: str) -> dict[str, Any]:
    """Refer to one of Kubernetes' own types, ``EnvVar`` for example."""
    return {"$ref": f"{DEFINITIONS}#/$defs/io.k8s.api.core.v1.{name}"}


def closed(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an object of these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def listed(item: dict[str, Any], most: int | None = None) -> dict[str, Any]:
    """Return a list of ``item``."""
    return {"type": "array", "items": item, **({} if most is None else {"maxItems": most})}


def at_least(low: int) -> dict[str, Any]:
    """Return a whole number from ``low`` on."""
    return {"type": "integer", "minimum": low}


def custom(api_version: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a kind with that ``spec``; its status is the controller's."""
    return closed(
        ("apiVersion", "kind", "metadata", "spec"),
        apiVersion={"enum": [api_version]},
        kind={"enum": [kind]},
        metadata=METADATA,
        spec=spec,
        status={"type": "object"},
    )
