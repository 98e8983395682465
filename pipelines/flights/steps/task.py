"""What the shared steps must know of flights."""

from __future__ import annotations

from pipelines.flights import schema
from pipelines.shared.steps.objectives import AUC
from pipelines.shared.steps.task import Task

TASK = Task(
    use_case=schema.USE_CASE,
    rows="flights",
    identifier="flight_id",
    time="sched_dep",
    label="late",
    known_at="landed_at",
    features=schema.MODEL_FEATURES,
    categorical=schema.CATEGORICAL,
    group_of=schema.GROUP_OF,
    objective=AUC,
    classes=(0, 1),
)
