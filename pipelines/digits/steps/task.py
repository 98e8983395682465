"""What the shared steps must know of digits."""

from __future__ import annotations

from pipelines.digits import schema
from pipelines.shared.steps.objectives import ACCURACY
from pipelines.shared.steps.task import PREDICTION, Task

TASK = Task(
    use_case=schema.USE_CASE,
    rows="images",
    identifier="image_id",
    time="taken_at",
    label="digit",
    known_at="labelled_at",
    features=schema.MEASUREMENTS,
    categorical=(PREDICTION,),
    group_of=schema.GROUP_OF,
    objective=ACCURACY,
    classes=schema.DIGITS,
    answers=(schema.CONFIDENCE,),
)
