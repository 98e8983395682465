"""Join: the traffic that the endpoint captured in a month, with the labels known by then."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from pipelines.shared.steps import labels, lineage, registry, storage, tables
from pipelines.shared.steps.captured import Exchange, captured
from pipelines.shared.steps.task import PREDICTION, Task

Parse = Callable[[Sequence[Exchange]], pd.DataFrame]
"""Makes a table of traffic: identifier, features and prediction, each row once."""


def run(argv: Sequence[str] | None, task: Task, parse: Parse) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", default="", help="ISO 8601; empty: the execution's start")
    parser.add_argument("--now", required=True, help="start of the execution, ISO 8601")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--raw-bucket", required=True)
    parser.add_argument("--traffic-uri", required=True, help="where this step's output will lie")
    parser.add_argument("--output", type=Path, default=tables.PROCESSING / "traffic")
    given = parser.parse_args(argv)
    until = tables.timestamp(given.as_of.strip() or given.now)
    since = until - pd.DateOffset(months=1)
    found = registry.live(given.endpoint)
    registered = task.objective.name
    facts = {"since": since.isoformat(), "as_of": until.isoformat(), "version": "", registered: ""}
    traffic = pd.DataFrame(columns=[task.identifier, *task.features, PREDICTION])
    if found is None:
        tables.say(f"endpoint {given.endpoint} does not stand yet: nothing to compare")
    else:
        package = found.package
        uri = package["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"]
        bucket, key = storage.split(uri)
        given.output.mkdir(parents=True, exist_ok=True)
        (given.output / "statistics.json").write_bytes(storage.fetch(bucket, [key])[0])
        facts["version"] = str(package.get("ModelPackageVersion", ""))
        facts[registered] = package.get("CustomerMetadataProperties", {}).get(registered, "")
        sources = {package["ModelPackageArn"]: lineage.MODEL_PACKAGE, uri: lineage.METRICS}
        if found.capture_uri:
            sources[found.capture_uri] = lineage.DATA_SET
            exchanges = captured(found.capture_uri, since, until)
            traffic = parse(exchanges) if exchanges else traffic
        lineage.contributed(sources, {given.traffic_uri: lineage.DATA_SET})
    names = traffic[task.identifier]
    truth = labels.of(task, given.raw_bucket, set(names), until)
    traffic[task.label] = names.map(truth).astype("float64")
    tables.write(given.output, "traffic", traffic)
    tables.write_json(given.output / "facts.json", facts)
    tables.say(f"{len(traffic)} answers, {int(traffic[task.label].notna().sum())} labelled")
