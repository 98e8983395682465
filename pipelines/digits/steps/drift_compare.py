"""Compare: traffic with the live model's baseline, and predictions with what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.digits.steps.task import TASK
from pipelines.shared.steps import drift_compare


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    drift_compare.run(argv, TASK)


if __name__ == "__main__":
    main()
