"""Instance types that SageMaker offers, as botocore's own service description lists them."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import botocore
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from stacks.errors import close_to

Purpose = Literal["ProcessingInstanceType", "TrainingInstanceType", "ProductionVariantInstanceType"]


@cache
def instance_types(purpose: Purpose) -> frozenset[str]:
    """Return what SageMaker accepts for ``purpose``.

    One enum is cut out of the description instead of parsing its two megabytes.
    """
    text = _service_description()
    start = text.index(f'"{purpose}":{{') + len(purpose) + 3
    shape, _ = json.JSONDecoder().raw_decode(text, start)
    return frozenset(shape["enum"])


@cache
def _service_description() -> str:
    newest = max(Path(botocore.__file__).parent.glob("data/sagemaker/*/service-2.json*"))
    raw = newest.read_bytes()
    return (gzip.decompress(raw) if newest.suffix == ".gz" else raw).decode()


def _offered(purpose: Purpose, instance_type: str) -> str:
    known = instance_types(purpose)
    if instance_type not in known:
        raise PydanticCustomError(
            "instance_type",
            "must be an instance type that SageMaker offers here",
            {"close": close_to(instance_type, known)},
        )
    return instance_type


ProcessingInstance = Annotated[
    str, AfterValidator(lambda value: _offered("ProcessingInstanceType", value))
]
TrainingInstance = Annotated[
    str, AfterValidator(lambda value: _offered("TrainingInstanceType", value))
]
ServingInstance = Annotated[
    str, AfterValidator(lambda value: _offered("ProductionVariantInstanceType", value))
]
