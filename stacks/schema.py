"""JSON Schemas for editors, generated from the one model of a stack's settings.

``schema.json`` describes a stack file, ``layer.schema.json`` an environment's or a team's. Nothing
is required in either: what one layer leaves out another may hold, and loading checks the whole.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stacks._instances import Purpose, instance_types
from stacks.config import StackConfig
from stacks.layers import EVERY_USE_CASE, PULUMI_KEYS, SETTINGS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FOLDER = Path(__file__).parent
_PURPOSES: dict[str, Purpose] = {
    "Processing": "ProcessingInstanceType",
    "Training": "TrainingInstanceType",
    "Serving": "ProductionVariantInstanceType",
    "BatchScoring": "TransformInstanceType",
}


def schemas() -> dict[Path, str]:
    """Return the text of each schema file by its path."""
    layer = _layer()
    stack: dict[str, Any] = {
        "$schema": _DIALECT,
        "title": "A stack of the MLOps loop",
        "type": "object",
        "additionalProperties": False,
        "required": ["config"],
        "properties": {
            **{key: {"type": "string"} for key in sorted(PULUMI_KEYS - {"config"})},
            "config": {
                "type": "object",
                "required": ["aws:region", SETTINGS],
                "properties": {
                    "aws:region": {"type": "string", "description": "Must equal region."},
                    SETTINGS: {"$ref": "#/$defs/Layer"},
                },
            },
        },
    }
    definitions = layer.pop("$defs")
    return {
        _FOLDER / "schema.json": _text({**stack, "$defs": {**definitions, "Layer": layer}}),
        _FOLDER / "layer.schema.json": _text(
            {"$schema": _DIALECT, **layer, "$defs": definitions, "title": "A layer of stacks"}
        ),
    }


def _layer() -> dict[str, Any]:
    schema: dict[str, Any] = copy.deepcopy(StackConfig.model_json_schema())
    for name, purpose in _PURPOSES.items():
        field = schema["$defs"][name]["properties"]["instance_type"]
        field["enum"] = sorted(instance_types(purpose))
    for model in (schema, *schema["$defs"].values()):
        model.pop("required", None)
    schema["properties"][EVERY_USE_CASE] = {
        "$ref": "#/$defs/UseCase",
        "description": "Lies under each of the stack's use cases, at this layer's rank.",
    }
    return schema


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
