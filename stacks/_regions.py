"""In which regions there are GPUs and AWS's own chips, as EC2 tells of its types.

SageMaker tells no region's types before it refuses one. It runs on EC2's machines: what EC2 has not
in a region, SageMaker has not either. That EC2 has one promises nothing, nor is it room in the
account's quota (``mlops quotas``). ``python -m infra.instances`` writes the table anew.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from stacks.settings import at

if TYPE_CHECKING:
    from stacks.config import StackConfig
    from stacks.use_case import UseCase

OFFERED = Path(__file__).parent / "accelerators.csv"
"""A row for each region: its types with accelerators, blanks between them."""


@cache
def accelerated() -> dict[str, frozenset[str]]:
    """Return the types with accelerators by region."""
    with OFFERED.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["region"]: frozenset(row["instance_types"].split()) for row in rows}


def check_regions(config: StackConfig) -> None:
    """Refuse a type with accelerators that the stack's region lacks.

    Raises:
        PydanticCustomError: some setting names one.
    """
    for name, use_case in config.use_cases.items():
        for key, instance_type in chosen(use_case):
            if lacks(config.region, instance_type):
                others = ", ".join(instead(config.region, instance_type)) or "none of that size"
                raise at(
                    f"use_cases.{name}.{key}",
                    f"must be a type that EC2 has in {config.region} ({others})",
                    instance_type,
                    beside=("region",),
                )


def chosen(use_case: UseCase) -> Iterator[tuple[str, str]]:
    """Yield every instance type that a use case names, with its key."""
    serving = use_case.serving
    found = {
        "processing.instance_type": use_case.processing.instance_type,
        "features.instance_type": use_case.features.instance_type,
        "training.instance_type": use_case.training.instance_type,
        "serving.instance_type": serving.instance_type,
        "serving.shadow.instance_type": serving.shadow and serving.shadow.instance_type,
        "batch_scoring.instance_type": use_case.batch_scoring
        and use_case.batch_scoring.instance_type,
        **{
            f"serving.variants.{place}.instance_type": one.instance_type
            for place, one in enumerate(serving.variants)
        },
    }
    yield from ((key, one) for key, one in found.items() if one)


def lacks(region: str, instance_type: str) -> bool:
    """Tell whether a region lacks a type with accelerators that another region has.

    A region that the table does not know, and a type that it knows nowhere, are let pass.
    """
    here = accelerated().get(region)
    if here is None or instance_type in here:
        return False
    return any(instance_type in types for types in accelerated().values())


def instead(region: str, instance_type: str) -> tuple[str, ...]:
    """Return types of a region that end as the wanted one does: as large, of another family."""
    size = instance_type.rpartition(".")[2]
    return tuple(
        sorted(name for name in accelerated().get(region, ()) if name.rpartition(".")[2] == size)
    )
