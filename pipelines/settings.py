"""What a stack decides about its pipelines: the input of a compilation."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Literal, Self


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildSettings:
    """Plain values, known at plan time; they become part of the definitions."""

    name_prefix: str
    """Prefix of the pipelines' names, for example ``flights-sandbox-flights``."""
    stack: str
    use_case: str
    region: str
    processing_instance_type: str
    training_instance_type: str
    training_instance_count: int = 1
    training_volume_gib: int | None = 30
    """Encrypted disk of each training instance; ``None`` for types with disks of their own."""
    training_use_spot: bool = False
    max_training_seconds: int = 3600
    """Limit of a training job, waiting for capacity not counted."""
    max_training_wait_seconds: int | None = None
    """Limit of a spot job, waiting included; twice ``max_training_seconds`` if ``None``."""
    training_checkpoints: bool = True
    training_keep_alive_seconds: int = 0
    """How long instances stay for the next job; 0 keeps none."""
    tuning_strategy: Literal["bayesian", "random"] = "bayesian"
    tuning_early_stopping: bool = False
    tuning_max_jobs: int = 4
    tuning_max_parallel_jobs: int = 2
    approval: Literal["automatic", "manual"] = "manual"
    """Status of what is registered: ``Approved`` or ``PendingManualApproval``."""
    minimum_gain: float = 0.0
    """A challenger is registered when its objective exceeds the champion's by this or more."""
    subnet_count: int = 0
    """Subnets that jobs join, as tokens; 0 runs them outside a VPC."""
    security_group_count: int = 0
    """Security groups of the jobs in these subnets, as tokens."""
    metric_namespace: str = "MLOps"
    processing_volume_gib: int = 30
    """Encrypted disk of each processing instance (1-16384)."""
    processing_local_storage: bool = False
    """The type brings its own disks, which take no key."""
    features_engine: Literal["pandas", "spark"] = "pandas"
    """What engineers the features: one machine, or a cluster."""
    features_instance_type: str = ""
    """Of the steps that do; ``processing_instance_type`` if empty."""
    features_local_storage: bool = False
    """``features_instance_type`` brings its own disks, which take no key."""
    features_instance_count: int = 1
    features_max_seconds: int = 3600
    batch_instance_type: str = ""
    """Of the transform job that scores a day's flights; empty: there is no such pipeline."""
    batch_instance_count: int = 1
    batch_local_storage: bool = False
    """``batch_instance_type`` brings its own disks, which take no key."""
    batch_strategy: Literal["multi_record", "single_record"] = "multi_record"
    batch_max_payload_mb: int = 6

    def to_json(self) -> str:
        """Return the canonical JSON, equal for equal settings."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Restore what :meth:`to_json` gave.

        Raises:
            TypeError: a setting is missing or unknown.
        """
        values: dict[str, Any] = json.loads(text)
        lists = {key: tuple(one) for key, one in values.items() if isinstance(one, list)}
        return cls(**(values | lists))
