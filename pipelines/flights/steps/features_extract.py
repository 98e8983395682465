"""Extract: copy the batch that a marker object announces, and what is needed of the one before."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.flights.steps.rules import TABLES
from pipelines.shared.steps import features_extract


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    features_extract.run(argv, list(TABLES))


if __name__ == "__main__":
    main()
