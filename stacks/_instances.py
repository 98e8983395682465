"""Instance types that SageMaker offers, as botocore's own service description lists them.

What a type is made of stands in ``instances.csv``, which ``python -m infra.instances`` writes from
EC2's description of the type. Which region offers a type no description says: only SageMaker does,
when it refuses; the account's quotas in the region come nearest (``mlops quotas``).
"""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import botocore
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from stacks.errors import close_to

Purpose = Literal[
    "ProcessingInstanceType",
    "TrainingInstanceType",
    "ProductionVariantInstanceType",
    "TransformInstanceType",
]
TABLE = Path(__file__).parent / "instances.csv"
COLUMNS = (
    "instance_type",
    "vcpus",
    "memory_mib",
    "accelerator",
    "accelerator_name",
    "accelerators",
    "local_storage_gb",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What an instance type is made of."""

    vcpus: int
    memory_mib: int
    accelerator: str
    """``gpu``, or ``neuron`` for AWS's own chips; empty where there is none."""
    accelerator_name: str
    accelerators: int
    local_storage_gb: int
    """Size of the instance's own NVMe disks; 0 for types that have an EBS volume alone."""


@cache
def facts(instance_type: str) -> Facts | None:
    """Return what a type is made of; ``None`` where EC2 no longer describes it (p2, p3, dl1)."""
    row = _table().get(instance_type)
    if row is None:
        return None
    _, vcpus, memory, accelerator, name, accelerators, storage = row
    return Facts(int(vcpus), int(memory), accelerator, name, int(accelerators), int(storage))


@cache
def _table() -> dict[str, list[str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {row[0]: row for row in rows}


def has_local_storage(instance_type: str) -> bool:
    """Tell whether the type brings its own NVMe disks, encrypted by their hardware.

    SageMaker then makes no volume: its size cannot be chosen, and a key for it is refused
    (``ResourceConfig`` in the SageMaker API reference).
    """
    known = facts(instance_type)
    return known is not None and known.local_storage_gb > 0


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
TransformInstance = Annotated[
    str, AfterValidator(lambda value: _offered("TransformInstanceType", value))
]
