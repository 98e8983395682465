"""From an endpoint to the model versions behind it: the one way there, with whatever client.

Standard library only and no newer syntax than the oldest image has: steps and functions carry it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MISSING = frozenset({"ValidationException", "ResourceNotFound"})
"""SageMaker's error codes for what is not there; it documents none of its own for endpoints."""


@dataclass(frozen=True)
class Variant:
    """A model that gets a share of an endpoint's requests."""

    name: str
    model: str
    package: str | None
    """ARN of the model package version; ``None`` where the model was made of an archive itself."""
    weight: float
    shadow: bool = False
    """Gets copies of requests; callers never see its answers."""

    @property
    def version(self) -> str:
        """Return the version's number; empty where there is none."""
        return self.package.rpartition("/")[2] if self.package else ""


def configuration(sagemaker: Any, endpoint: str) -> str | None:  # noqa: ANN401 - boto3's
    """Return the name of the configuration that serves; ``None`` where there is no endpoint."""
    try:
        described = sagemaker.describe_endpoint(EndpointName=endpoint)
    except sagemaker.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise
    return str(described["EndpointConfigName"])


def variants(sagemaker: Any, described: Mapping[str, Any]) -> list[Variant]:  # noqa: ANN401 - boto3's
    """Return the variants of ``DescribeEndpointConfig``'s answer, those that answer first.

    Neither a configuration nor its models can change: what was found once holds for the name.
    """
    found = []
    for kind in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in described.get(kind) or []:
            model = sagemaker.describe_model(ModelName=variant["ModelName"])
            container = model.get("PrimaryContainer") or (model.get("Containers") or [{}])[0]
            found.append(
                Variant(
                    name=variant["VariantName"],
                    model=variant["ModelName"],
                    package=container.get("ModelPackageName"),
                    weight=float(variant.get("InitialVariantWeight", 1.0)),
                    shadow=kind != "ProductionVariants",
                )
            )
    return found
