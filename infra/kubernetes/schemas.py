"""The published schemas of Kubernetes versions, and what they refuse of a manifest."""

from __future__ import annotations

import base64
import difflib
import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from referencing import Registry, Resource

from infra.graph.model import Unknown
from infra.kubernetes.crds import SCHEMAS
from infra.kubernetes.kinds import Kind
from infra.kubernetes.rules import RULES

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
    if error.context and not _titled(error):
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
    if error.validator in _COUNTS:
        rule = f"must have {_COUNTS[str(error.validator)][0]} of {', '.join(wanted)}"
        return f"{field} {rule}, got {', '.join(_given(value, wanted)) or 'none'}"
    text = repr(error.instance)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"{field} {_rule(error)}, got {shown}"


def _titled(error: ValidationError) -> str | None:
    """Return a rule's own words for its value."""
    return error.schema.get("title") if isinstance(error.schema, Mapping) else None


def _rule(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    if (title := _titled(error)) is not None:
        return f"must be {title}"
    keyword = str(error.validator)
    match keyword:
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            return f"must be {' or '.join(one for one in names if one != 'null')}"
        case "enum":
            return f"must be one of {', '.join(map(str, wanted))}"
        case _:
            return f"{_WORDS.get(keyword, f'must satisfy {keyword}')} {wanted}"


_WORDS: Final = {
    "format": "must be of the format",
    "pattern": "must match",
    "minimum": "must be at least",
    "maximum": "must be at most",
}
_COUNTS: Final[Mapping[str, tuple[str, Callable[[int], bool]]]] = {
    "atLeastOne": ("at least one", lambda count: count > 0),
    "atMostOne": ("at most one", lambda count: count <= 1),
    "exactlyOne": ("exactly one", lambda count: count == 1),
}


def _given(instance: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    return [name for name in names if instance.get(name, []) != []]


def _counted(keyword: str) -> Callable[[Any, Any, Any, Any], Iterator[ValidationError]]:
    """Return how a validator counts which of some fields an object has."""

    def errors(
        _: object, names: Sequence[str], instance: object, __: object
    ) -> Iterator[ValidationError]:
        fits = _COUNTS[keyword][1]
        if isinstance(instance, Mapping) and not fits(len(_given(instance, names))):
            yield ValidationError(keyword)

    return errors


_Validator: Final[Any] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {keyword: _counted(keyword) for keyword in _COUNTS}
)
_FORMATS: Final = FormatChecker(["ipv4", "ipv6"])


@_FORMATS.checks("byte", raises=ValueError)
def _is_base64(value: object) -> bool:
    return not isinstance(value, str) or base64.b64decode(value, validate=True) is not None


@_FORMATS.checks("cidr", raises=ValueError)
def _is_network(value: object) -> bool:
    # Bits beyond the length are refused from 1.36 on, and warned of before.
    return not isinstance(value, str) or ("/" in value and bool(ipaddress.ip_network(value)))


@cache
def _validator(kind: Kind, version: str) -> Any:  # noqa: ANN401 - a class that jsonschema makes
    # The package's own ``validate`` reads 2 MB of definitions at each call.
    definitions = _definitions(version)
    if kind.custom is not None:
        return _Validator(
            SCHEMAS[kind.api_version, kind.name], registry=definitions, format_checker=_FORMATS
        )
    group = kind.group.partition(".")[0]
    served = kind.api_version.rpartition("/")[2]
    suffix = f"{group}-{served}" if group else served
    schema = _read(version, f"{kind.name.lower()}-{suffix}")
    return _Validator(
        schema, registry=Resource.from_contents(schema) @ definitions, format_checker=_FORMATS
    )


@cache
def _definitions(version: str) -> Registry[Any]:
    held = _read(version, "_definitions")
    for name, rule in RULES.items():
        held["$defs"][f"io.k8s.{name}"]["allOf"] = [rule]
    return Resource.from_contents(held) @ Registry()


def _read(version: str, name: str) -> Any:  # noqa: ANN401 - JSON
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}.0-local-strict"
    return json.loads((folder / f"{name}.json").read_text("utf-8"))
