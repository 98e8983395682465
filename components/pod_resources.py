"""What each pod of a workload asks of the cluster's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

GPU = "nvidia.com/gpu"
"""What NVIDIA's device plugin calls a GPU."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PodResources:
    """Requests that are limits, too, but for the CPU, which a pod may borrow.

    Raises:
        ValueError: nothing is asked for, or less than nothing.
    """

    cpu_millicores: int
    memory_mib: int
    """A pod that takes more is killed."""
    gpus: int = 0
    """Whole GPUs of NVIDIA's."""
    node_selector: Mapping[str, str] = field(default_factory=dict)
    """Labels that a node must have, for example of its GPU."""

    def __post_init__(self) -> None:
        for name, least in (("cpu_millicores", 1), ("memory_mib", 4), ("gpus", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
