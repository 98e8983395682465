"""Scoring a day's rows at once, by schedule."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stacks._instances import TransformInstance, has_local_storage
from stacks._schedule import Schedule
from stacks.settings import Settings


class BatchScoring(Settings):
    """A SageMaker batch transform job on what is planned for a day."""

    schedule: Schedule
    """When the day that then begins or goes on is scored: ``cron(...)`` or ``rate(...)``, UTC."""
    instance_type: TransformInstance
    """SageMaker instance type of the transform job; billed per second while it runs."""
    instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Instances of the job (1-100); its input is cut into as many files."""
    strategy: Literal["multi_record", "single_record"] = "multi_record"
    """``multi_record`` puts as many rows into a request as it holds, ``single_record`` one."""
    max_payload_mb: Annotated[int, Field(ge=1, le=100)] = 6
    """Largest request to the model's container, in MB (1-100)."""
    overdue_hours: Annotated[int, Field(ge=1, le=168)] = 26
    """An alarm is raised when so many hours bring no predictions (1-168); above the schedule's
    longest pause."""

    @property
    def has_local_storage(self) -> bool:
        """The instance type brings its own disks, which take no key."""
        return has_local_storage(self.instance_type)
