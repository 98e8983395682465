"""The training set as every Extract step leaves it: rows, a manifest, and where they came from."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.shared.steps import lineage, registry, storage, tables


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Return what the training pipeline tells an Extract step."""
    parser.add_argument("--as-of", default="", help="ISO 8601; empty: the execution's start")
    parser.add_argument("--now", required=True, help="start of the execution, ISO 8601")
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--artifacts-bucket", required=True)
    parser.add_argument("--name-prefix", required=True)
    parser.add_argument("--dataset-uri", required=True, help="where this step's output will lie")
    parser.add_argument("--made-from", required=True, help="key in the artifacts bucket")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "dataset")
    return parser.parse_args(argv)


def write(  # noqa: PLR0913 - a manifest is of all of these
    rows: pd.DataFrame,
    given: argparse.Namespace,
    as_of: pd.Timestamp,
    *,
    sources: Mapping[str, str],
    etags: Mapping[str, str],
    view: Mapping[str, Any],
) -> None:
    """Write the rows with the manifest of their sources, and tell lineage of them.

    ``sources`` are URIs with what they are, ``etags`` those of raw objects, ``view`` is by feature
    group the offline store's URI and the features that were taken.
    """
    champion = registry.champion(given.name_prefix)
    properties = (champion or {}).get("CustomerMetadataProperties", {})
    raw = {uri.rpartition("/")[0] for uri in etags}
    lineage.contributed(
        dict.fromkeys(sorted(raw), lineage.DATA_SET)
        | {lineage.group_arn(name): lineage.FEATURE_GROUP for name in view},
        {given.dataset_uri: lineage.DATA_SET},
    )
    tables.write(given.output, "dataset", rows)
    tables.write_json(
        given.output / "manifest.json",
        {
            "as_of": as_of.isoformat() + "Z",
            "rows": len(rows),
            "sources": dict(sources),
            "etags": dict(etags),
            "view": dict(view),
            "champion_as_of": properties.get("as_of", ""),
        },
    )
    (record,) = storage.fetch(given.artifacts_bucket, [given.made_from])
    (given.output / "made-from.json").write_bytes(record)
