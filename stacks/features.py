"""What engineers the features of a use case: one machine with pandas, or a cluster with Spark."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks._instances import ProcessingInstance, has_local_storage
from stacks.settings import Settings, at


class Features(Settings):
    """Engine and compute of the steps that make features of raw data."""

    engine: Literal["pandas", "spark"] = "pandas"
    """``pandas`` on one machine; ``spark`` on a cluster, for batches that one cannot hold."""
    instance_type: ProcessingInstance | None = None
    """SageMaker instance type of these steps; null takes that of ``processing``."""
    instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Instances of the cluster (1-100); more than one with ``spark`` only."""
    max_seconds: Annotated[int, Field(ge=60, le=432_000)] = 3600
    """The Spark step is stopped after this many seconds (60-432000, five days)."""

    @property
    def has_local_storage(self) -> bool:
        """The instance type, if one is given, brings its own disks, which take no key."""
        return self.instance_type is not None and has_local_storage(self.instance_type)

    @model_validator(mode="after")
    def _one_machine_is_one(self) -> Self:
        if self.engine == "pandas" and self.instance_count > 1:
            raise at("instance_count", "must be 1 unless engine is spark", self.instance_count)
        return self
