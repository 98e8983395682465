"""Pulumi's camelCase properties to botocore's parameters and back, along botocore's own shapes.

A property and a member are the same when they differ in case or number only (``roleArn`` and
``RoleArn``, ``container`` and ``Containers``). Where the two name a thing differently, ``renames``
says so, by the property's path without indices: ``{"name": "RoleName", "code.s3Key": "Key"}``.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from infra.graph.model import Unknown
from infra.resources.clients import loader
from infra.resources.handler import InputError

Renames = Mapping[str, str]


@cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, read from botocore's own files."""
    return ServiceModel(loader().load_service_model(service, "service-2"), service)


@cache
def operation(service: str, name: str) -> OperationModel:
    """Return botocore's model of an operation such as ``CreateRole``."""
    return service_model(service).operation_model(name)


def to_aws(
    shape: StructureShape, properties: Mapping[str, Any], renames: Renames, *, path: str = ""
) -> dict[str, Any]:
    """Return those ``properties`` that ``shape`` has a member for, as botocore takes them.

    Raises:
        InputError: below the top level, a property that ``shape`` has no member for.
    """
    parameters: dict[str, Any] = {}
    for key, value in properties.items():
        where = f"{path}.{key}" if path else key
        member = member_of(shape, key, renames.get(where))
        if member is None:
            if path:
                raise InputError(f"{where} is no property{close_members(key, shape)}")
            continue
        parameters[member] = _value_to_aws(shape.members[member], value, renames, where)
    return parameters


def from_aws(
    shape: StructureShape,
    response: Mapping[str, Any],
    template: Mapping[str, Any],
    renames: Renames,
    *,
    path: str = "",
) -> dict[str, Any]:
    """Return the properties of ``template`` with the values that AWS holds, in the same form.

    What ``shape`` does not tell keeps its value. What it could tell and does not is left out,
    unless it was false or empty, which AWS leaves out too: what has not drifted comes back equal.
    """
    properties: dict[str, Any] = {}
    for key, before in template.items():
        where = f"{path}.{key}" if path else key
        member = member_of(shape, key, renames.get(where))
        if member is None or (response.get(member) is None and not before):
            properties[key] = before
        elif response.get(member) is not None:
            properties[key] = _value_from_aws(
                shape.members[member], response[member], before, renames, where
            )
    return properties


def member_of(shape: StructureShape, key: str, renamed: str | None = None) -> str | None:
    """Return the member of ``shape`` that a Pulumi property stands for."""
    if renamed is not None:
        return renamed if renamed in shape.members else None
    wanted = key.lower()
    by_name = _names(shape)
    return by_name.get(wanted) or by_name.get(f"#{_singular(wanted)}")


def tags_to_aws(shape: Shape, tags: Mapping[str, str]) -> Any:
    """Return tags as a member takes them: a map, or a list of keys and values."""
    if isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
        key, value = sorted(shape.member.members)[:2]  # Key and Value, or TagKey and TagValue
        return [{key: name, value: text} for name, text in tags.items()]
    return dict(tags)


def tags_from_aws(held: Any) -> dict[str, str]:
    """Return tags as a map, whichever way AWS told them."""
    if isinstance(held, Mapping):
        return dict(held)
    told = (
        {name.lower().removeprefix("tag"): text for name, text in tag.items()} for tag in held or ()
    )
    return {str(tag["key"]): str(tag.get("value", "")) for tag in told}


def _names(shape: StructureShape) -> dict[str, str]:
    names: dict[str, str] = {}
    for member in shape.members:
        names.setdefault(f"#{_singular(member.lower())}", member)
    names.update({member.lower(): member for member in shape.members})
    return names


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("s")


def close_members(key: str, shape: StructureShape) -> str:
    """Return the members that a key may have meant, as the end of a sentence."""
    known = [member[0].lower() + member[1:] for member in shape.members]
    close = difflib.get_close_matches(key, known, n=3)
    return f", close: {close}" if close else f", there are: {sorted(known)}"


def _is_tags(shape: Shape, value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(shape, ListShape)
        and isinstance(shape.member, StructureShape)
        and {member.lower().removeprefix("tag") for member in shape.member.members}
        == {"key", "value"}
    )


def _value_to_aws(shape: Shape, value: Any, renames: Renames, path: str) -> Any:
    if isinstance(value, Unknown):
        return value
    if isinstance(shape, StructureShape):
        return to_aws(shape, _only(value, path), renames, path=path)
    if isinstance(shape, ListShape):
        if _is_tags(shape, value):
            return tags_to_aws(shape, value)
        items = value if isinstance(value, list | tuple) else [value]
        return [_value_to_aws(shape.member, item, renames, path) for item in items]
    if isinstance(shape, MapShape):
        return {key: _value_to_aws(shape.value, item, renames, path) for key, item in value.items()}
    return _leaf(shape, value)


def _leaf(shape: Shape, value: Any) -> Any:  # noqa: PLR0911 - one return for each kind
    match shape.type_name:
        case "integer" | "long" if isinstance(value, str) and value.lstrip("-").isdigit():
            return int(value)
        case "float" | "double" if isinstance(value, str):
            return float(value)
        case "boolean" if value in {"true", "false"}:
            return value == "true"
        case "string" if isinstance(value, bool):
            return str(value).lower()
        case "string" if isinstance(value, int | float):
            return str(value)
        case "blob" if isinstance(value, str):
            return value.encode()
    return value


def _only(value: Any, path: str) -> Mapping[str, Any]:
    if isinstance(value, list | tuple):
        if len(value) > 1:
            raise InputError(f"{path} must be one block, got {len(value)}")
        return value[0] if value else {}
    if not isinstance(value, Mapping):
        raise InputError(f"{path} must be a block, got {value!r}")
    return value


def _value_from_aws(shape: Shape, held: Any, before: Any, renames: Renames, path: str) -> Any:
    if isinstance(shape, StructureShape):
        block = _only(before, path)
        read = from_aws(shape, held, block, renames, path=path)
        return [read] if isinstance(before, list) else read
    if isinstance(shape, ListShape):
        return _list_from_aws(shape, held, before, renames, path)
    if isinstance(shape, MapShape) and isinstance(before, Mapping):
        return {
            key: _value_from_aws(shape.value, item, before.get(key), renames, path)
            for key, item in held.items()
        }
    return _same(held, before)


def _list_from_aws(shape: ListShape, held: Any, before: Any, renames: Renames, path: str) -> Any:
    if _is_tags(shape, before):
        return tags_from_aws(held)
    if not isinstance(before, list):
        return _value_from_aws(shape.member, held[0], before, renames, path) if held else None
    if not isinstance(shape.member, StructureShape | ListShape | MapShape):
        return before if sorted(map(str, held)) == sorted(map(str, before)) else list(held)
    blank: Mapping[str, Any] = before[0] if before else {}
    templates = [*before, *[blank] * len(held)]
    return [
        _value_from_aws(shape.member, item, template, renames, path)
        for item, template in zip(held, templates, strict=False)
    ]


def _same(held: Any, before: Any) -> Any:
    """Return ``before`` where AWS holds the same in another spelling."""
    held = plain(held)
    if isinstance(before, str) and not isinstance(held, str | bytes):
        if isinstance(held, Mapping | list):  # boto3 parses IAM's policy documents
            return before if json_equal(before, json.dumps(held)) else json.dumps(held)
        return str(held).lower() if isinstance(held, bool) else str(held)
    if isinstance(before, str) and isinstance(held, str) and before != held:
        return before if json_equal(before, held) else held
    if isinstance(before, int) and isinstance(held, float) and held.is_integer():
        return int(held)
    return held


def plain(value: Any) -> Any:
    """Return a value of botocore's as one that JSON can hold."""
    return value.isoformat() if isinstance(value, datetime) else value


def json_equal(one: str, other: str) -> bool:
    """Tell whether two texts are the same JSON document."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def known_properties(shapes: Iterator[StructureShape]) -> list[str]:
    """Return the members of all shapes, in camelCase, to suggest what was meant."""
    return sorted({name[0].lower() + name[1:] for shape in shapes for name in shape.members})
