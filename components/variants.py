"""Which versions answer on an endpoint, and with what share of the traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """A production variant.

    Raises:
        ValueError: the instance counts are out of order.
    """

    name: str
    """Part of metrics and of the path of captured traffic."""
    model_package_arn: str | None
    """Approved version to serve; ``None`` leaves everything standing but model and endpoint."""
    instance_type: str | None
    """SageMaker instance type, GPU families included; ``None`` on a serverless endpoint."""
    weight: float = 1
    """Share of the traffic, relative to the sum of all weights."""
    initial_instance_count: int = 2
    min_instance_count: int = 2
    """0 only on an asynchronous endpoint."""
    max_instance_count: int = 2
    """Equal to the minimum, nothing scales."""

    def __post_init__(self) -> None:
        low, high = self.min_instance_count, self.max_instance_count
        if not max(low, 1) <= self.initial_instance_count <= high:
            raise ValueError(
                "initial_instance_count must be 1 or more and lie between min_instance_count and"
                f" max_instance_count ({low}-{high}), got {self.initial_instance_count}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A version that nobody has approved yet, spelled out: SageMaker serves only approved ones."""

    model_package_arn: str
    """Told as the model's tag ``candidate``."""
    image_uri: str
    model_data_url: str
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shadow:
    """A variant that gets copies of requests and whose answers are captured, not returned."""

    name: str
    candidate: Candidate
    instance_type: str
    sampling_percent: int = 100
    instance_count: int = 1
