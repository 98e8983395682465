"""What ``components.pod_resources`` is in plain values."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict


class PodResources(TypedDict):
    """Requests that are limits, too, but for the CPU, which a pod may borrow."""

    cpu_millicores: int
    memory_mib: int
    """A pod that takes more is killed."""
    gpus: NotRequired[int]
    """Whole GPUs of NVIDIA's.

    By default `0`."""
    node_selector: NotRequired[Mapping[str, str]]
    """Labels that a node must have, for example of its GPU."""
