"""What answers on one endpoint: production variants that share traffic, and a shadow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stacks._instances import ServingInstance
from stacks.settings import Settings
from stacks.shadow import ShadowPromotion

VARIANT = "live"
"""The one variant where a stack file lists none."""
SHADOW = "shadow"
"""Name of the shadow variant."""
Version = Literal["newest", "previous"] | Annotated[int, Field(ge=1)]
InstanceCount = Annotated[int, Field(ge=0, le=100)]


class Variant(Settings):
    """One of several versions that answer side by side."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")]
    """Name on the endpoint, in metrics and captured traffic; a rollout cannot change it."""
    model_version: Version = "newest"
    """``newest`` approved, the one approved ``previous``ly, or a version's number."""
    weight: Annotated[float, Field(ge=0)] = 1
    """Share of traffic, relative to the sum of all weights; 0 gets none but can be targeted."""
    instance_type: ServingInstance | None = None
    """SageMaker instance type; null takes the endpoint's."""
    initial_instance_count: InstanceCount | None = None
    """Instances at first; null takes the endpoint's."""
    min_instance_count: InstanceCount | None = None
    """Autoscaling never goes below this; null takes the endpoint's."""
    max_instance_count: InstanceCount | None = None
    """Autoscaling never goes above this; null takes the endpoint's."""


class Shadow(Settings):
    """A version that waits for approval and gets copies of requests; callers never hear it."""

    model_version: Literal["newest"] | Annotated[int, Field(ge=1)] = "newest"
    """``newest`` version that waits for approval, or a version's number."""
    sampling_percent: Annotated[int, Field(ge=1, le=100)] = 100
    """Share of requests that it gets copies of (1-100 %)."""
    instance_type: ServingInstance | None = None
    """SageMaker instance type; null takes the endpoint's."""
    instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Instances (1-100); billed as the endpoint's own."""
    promotion: ShadowPromotion | None = ShadowPromotion()
    """By what it is promoted or rejected; null leaves that to people alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductionVariant:
    """A variant with everything that it takes from its endpoint filled in."""

    name: str
    model_version: Version
    weight: float
    instance_type: str | None
    """``None`` where it is serverless."""
    initial_instance_count: int
    min_instance_count: int
    max_instance_count: int
