"""Which instance types SageMaker offers for endpoints: botocore's own list."""

from __future__ import annotations

from functools import cache

from moto.core.utils import get_service_model


@cache
def instance_types() -> frozenset[str]:
    """Return every ``ProductionVariantInstanceType`` that botocore knows."""
    shape = get_service_model("sagemaker").shape_for("ProductionVariantInstanceType")
    names: list[str] = shape.metadata["enum"]
    return frozenset(names)
