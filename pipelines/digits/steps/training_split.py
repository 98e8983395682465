"""Split by time: the newest images are held out, those before validate, the rest train."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.digits.steps.task import TASK
from pipelines.shared.steps import training_split


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    training_split.run(argv, TASK)


if __name__ == "__main__":
    main()
