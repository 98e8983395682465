"""Validate: check a batch against the rules; a broken one fails the step before ingestion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.flights.steps.rules import TABLES
from pipelines.shared.steps import features_validate
from pipelines.shared.steps.rules import Violation


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    features_validate.run(argv, check)


def check(folder: Path) -> list[Violation]:
    """Return every rule that the batch in a folder breaks."""
    return features_validate.broken(folder, TABLES)


if __name__ == "__main__":
    main()
