"""Validate: check the training set against the rules; a broken one fails the step."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.digits.steps.task import TASK
from pipelines.shared.steps import training_validate


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    training_validate.run(argv, TASK)


if __name__ == "__main__":
    main()
