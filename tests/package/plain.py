"""A component's inputs as a program in another language sends them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi.provider.experimental.util import camel_case

from infra.package.shapes import OneOf, fields_of, snake


def plain(args: Any) -> Any:
    """Return the wire form of a dataclass; what is its default is left out."""
    sent = {}
    for field, one in zip(fields_of(type(args)), dataclasses.fields(args), strict=True):
        value = getattr(args, field.name)
        if value is None or value == one.default:
            continue
        name = snake(type(value).__name__)
        told = {camel_case(name): plain(value)} if isinstance(field.shape, OneOf) else _form(value)
        sent[camel_case(field.name)] = told
    return sent


def _form(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return plain(value)
    if isinstance(value, Mapping):
        return {key: _form(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_form(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def comparable(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs but for assets, which carry ids, and the order of features, which gets lost."""
    kept = {key: value for key, value in inputs.items() if key not in {"code", "source"}}
    if features := kept.get("featureDefinitions"):
        kept["featureDefinitions"] = sorted(features, key=lambda one: str(one["featureName"]))
    return kept
