"""Validate: check a batch against the rules; a broken one fails the step before ingestion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.digits.steps.rules import TABLES, check_images, read
from pipelines.shared.steps import features_validate
from pipelines.shared.steps.rules import Violation


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    features_validate.run(argv, check)


def check(folder: Path) -> list[Violation]:
    """Return every rule that a batch breaks; images are looked at once their list is whole."""
    found = features_validate.broken(folder, TABLES)
    listed = features_validate.load(folder / "images.csv")
    if found or listed is None:
        return found
    return check_images(listed, read(folder))


if __name__ == "__main__":
    main()
