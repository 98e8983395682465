"""What ``components.variants`` is in plain values."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict


class Variant(TypedDict):
    """A production variant."""

    name: str
    """Part of metrics and of the path of captured traffic."""
    model_package_arn: NotRequired[str]
    """Approved version to serve; `None` leaves everything standing but model and endpoint."""
    instance_type: NotRequired[str]
    """SageMaker instance type, GPU families included; `None` on a serverless endpoint."""
    weight: NotRequired[float]
    """Share of the traffic, relative to the sum of all weights.

    By default `1`."""
    initial_instance_count: NotRequired[int]
    """By default `2`."""
    min_instance_count: NotRequired[int]
    """0 only on an asynchronous endpoint.

    By default `2`."""
    max_instance_count: NotRequired[int]
    """Equal to the minimum, nothing scales.

    By default `2`."""


class Candidate(TypedDict):
    """A version that nobody has approved yet, spelled out: SageMaker serves only approved ones."""

    model_package_arn: str
    """Told as the model's tag `candidate`."""
    image_uri: str
    model_data_url: str
    environment: Mapping[str, str]


class Shadow(TypedDict):
    """A variant that gets copies of requests and whose answers are captured, not returned."""

    name: str
    candidate: Candidate
    instance_type: str
    sampling_percent: NotRequired[int]
    """By default `100`."""
    instance_count: NotRequired[int]
    """By default `1`."""
