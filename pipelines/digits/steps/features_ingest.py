"""Ingest: write the records to the feature group, online and offline, and count what arrived."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.digits import schema
from pipelines.shared.steps import features_ingest


def main(argv: Sequence[str] | None = None) -> None:
    """Run the step."""
    features_ingest.run(argv, schema.FEATURE_GROUPS, use_case=schema.USE_CASE, first="images")


if __name__ == "__main__":
    main()
