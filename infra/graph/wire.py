"""Pulumi's wire format (protobuf structs with signature keys) to plain values and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

from infra.graph.assets import ARCHIVE, ASSET, SIGNATURE
from infra.graph.model import UNKNOWN, Unknown

UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_STRINGS: Final = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""What the engine sends for an unknown: one for each type (Pulumi's ``resource/plugin/rpc.go``)."""
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's marker, no password
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


def decode_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return the properties of ``struct``: numbers as int where whole, secrets opened.

    Null properties are left out, as Pulumi's engine leaves them out.
    """
    decoded = ((key, decode(value)) for key, value in struct.fields.items())
    return {key: value for key, value in decoded if value is not None}


def decode(value: struct_pb2.Value) -> Any:  # noqa: PLR0911 - one return for each kind
    """Return one value; what only AWS will know is :data:`~infra.graph.model.UNKNOWN`.

    A reference to a resource becomes its id (a component's: its URN); an asset stays the mapping
    that ``infra.graph.assets.opened`` reads.

    Raises:
        ValueError: a signature is not known.
    """
    match value.WhichOneof("kind"):
        case "string_value":
            text = value.string_value
            return UNKNOWN if text in UNKNOWN_STRINGS else text
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [decode(item) for item in value.list_value.values]
        case "struct_value":
            struct = value.struct_value
            if SIGNATURE in struct.fields:
                return _special(struct.fields[SIGNATURE].string_value, decode_struct(struct))
            return decode_struct(struct)
    return None


def is_secret(value: struct_pb2.Value) -> bool:
    """Tell whether a secret lies anywhere in ``value``."""
    match value.WhichOneof("kind"):
        case "struct_value":
            fields = value.struct_value.fields
            if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET:
                return True
            return any(is_secret(item) for item in fields.values())
        case "list_value":
            return any(is_secret(item) for item in value.list_value.values)
    return False


def keep_secrets(answer: struct_pb2.Struct, asked: struct_pb2.Struct) -> None:
    """Mark as secret each property of ``answer`` that was one, or held one, in ``asked``."""
    for key in answer.fields.keys() & asked.fields.keys():
        if is_secret(asked.fields[key]) and not is_secret(answer.fields[key]):
            marked = struct_pb2.Value()
            marked.struct_value.fields[SIGNATURE].string_value = SECRET
            marked.struct_value.fields["value"].CopyFrom(answer.fields[key])
            answer.fields[key].CopyFrom(marked)


def encode_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return ``properties`` as Pulumi's engine would send them."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _fill(struct.fields[key], value)
    return struct


def _special(signature: str, fields: dict[str, Any]) -> Any:
    if signature in {SECRET, OUTPUT}:
        return fields.get("value", UNKNOWN if signature == OUTPUT else None)
    if signature == RESOURCE:
        return fields.get("id") or (UNKNOWN if "id" in fields else fields["urn"])
    if signature in {ASSET, ARCHIVE}:
        return fields
    raise ValueError(f"signature must be one that Pulumi knows, got {signature!r}")


def _fill(target: struct_pb2.Value, value: Any) -> None:
    match value:
        case None:
            target.null_value = struct_pb2.NULL_VALUE
        case bool():
            target.bool_value = value
        case str():
            target.string_value = value
        case int() | float():
            target.number_value = value
        case Unknown():
            target.string_value = UNKNOWN_STRING
        case Mapping():
            target.struct_value.SetInParent()
            for key, item in value.items():
                _fill(target.struct_value.fields[key], item)
        case list() | tuple():
            target.list_value.SetInParent()
            for item in value:
                _fill(target.list_value.values.add(), item)
        case _:
            raise TypeError(f"value must be plain, got {type(value).__name__}")
