"""The published schemas of Kubernetes versions, and what they refuse of a manifest."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource

from infra.graph.model import Unknown
from infra.kubernetes.crds import SCHEMAS
from infra.kubernetes.kinds import Kind

_SHOWN: Final = 80


def faults(kind: Kind, manifest: Mapping[str, Any], versions: Sequence[str]) -> Iterator[str]:
    """Yield what the schemas of these Kubernetes versions refuse, each fault once.

    What nobody knows yet (:data:`~infra.graph.model.UNKNOWN`) fits everywhere.
    """
    found: dict[str, list[str]] = {}
    for version in versions:
        for error in _validator(kind, version).iter_errors(manifest):
            if (fault := _told(error)) is not None:
                found.setdefault(fault, []).append(version)
    for fault, refusing in found.items():
        yield fault if len(refusing) == len(versions) else f"{fault} ({', '.join(refusing)})"


def _told(error: ValidationError) -> str | None:
    """Return ``field must be rule, got value``; ``None`` for what is not known yet."""
    if isinstance(error.instance, Unknown):
        return None
    if error.context:
        return _told(best_match(error.context) or error)
    wanted: Any = error.validator_value
    schema: Any = error.schema
    value: Any = error.instance
    field = error.json_path.removeprefix("$").removeprefix(".") or "the manifest"
    if error.validator == "additionalProperties":
        known = sorted(schema.get("properties", {}))
        strange = sorted(set(value) - set(known))
        close = difflib.get_close_matches(strange[0], known, n=3) if strange else []
        return f"{field} must have no {', '.join(strange)}, close: {close}"
    if error.validator == "required":
        return f"{field} must have {', '.join(sorted(set(wanted) - set(value)))}"
    text = repr(error.instance)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"{field} {_rule(error)}, got {shown}"


def _rule(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    match error.validator:
        case "type":
            names = (
                [wanted] if isinstance(wanted, str) else [one for one in wanted if one != "null"]
            )
            return f"must be {' or '.join(names)}"
        case "enum":
            return f"must be one of {wanted}"
        case "pattern":
            return f"must match {wanted}"
        case "minimum":
            return f"must be at least {wanted}"
        case "maximum":
            return f"must be at most {wanted}"
        case _:
            return f"must satisfy {error.validator} {wanted}"


@cache
def _validator(kind: Kind, version: str) -> Draft202012Validator:
    # The package's own ``validate`` reads 2 MB of definitions at each call.
    definitions = _definitions(version)
    if kind.custom is not None:
        return Draft202012Validator(SCHEMAS[kind.api_version, kind.name], registry=definitions)
    group = kind.group.partition(".")[0]
    served = kind.api_version.rpartition("/")[2]
    suffix = f"{group}-{served}" if group else served
    schema = _read(version, f"{kind.name.lower()}-{suffix}")
    return Draft202012Validator(schema, registry=Resource.from_contents(schema) @ definitions)


@cache
def _definitions(version: str) -> Registry[Any]:
    return Resource.from_contents(_read(version, "_definitions")) @ Registry()


def _read(version: str, name: str) -> Any:  # noqa: ANN401 - JSON
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}.0-local-strict"
    return json.loads((folder / f"{name}.json").read_text("utf-8"))
