"""Metrics within log lines: CloudWatch's embedded metric format.

Specification: "Embedded metric format" in the CloudWatch user guide. A line that says it is one and
is wrong yields no metric, as on AWS, and never fails whoever writes the log.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.logs.models import LogsBackend

from infra.emulator.context import Context
from infra.emulator.patches import replace

log = logging.getLogger(__name__)

Batch = tuple[str, list[dict[str, Any]]]
"""Namespace, and elements as ``PutMetricData`` takes them."""


def install_embedded(context: Context) -> None:
    """Read every line that is written to a log group."""

    def put_log_events(
        backend: LogsBackend,
        log_group_name: str,
        log_stream_name: str,
        log_events: list[dict[str, Any]],
    ) -> tuple[str, dict[str, Any]]:
        answer: tuple[str, dict[str, Any]] = put_by_moto(
            backend, log_group_name, log_stream_name, log_events
        )
        metrics = cloudwatch_backends[context.account_id][backend.region_name]
        for event in log_events:
            if '"_aws"' not in event["message"]:
                continue
            try:
                for namespace, elements in read(event["message"]):
                    metrics.put_metric_data(namespace, elements)
            except Exception as error:  # noqa: BLE001 - a wrong line must not fail the writer
                log.warning("%s: embedded metrics: %s", log_group_name, error)
        return answer

    put_by_moto = replace(context, LogsBackend, "put_log_events", put_log_events)


def read(line: str) -> Iterator[Batch]:
    """Yield the metrics of a line; none where it is not in the format."""
    try:
        root = json.loads(line[line.index("{") :])
    except ValueError:
        return
    metadata = root.get("_aws")
    if not isinstance(metadata, dict):
        return
    moment = datetime.fromtimestamp(metadata["Timestamp"] / 1000, UTC)
    for directive in metadata.get("CloudWatchMetrics", []):
        elements = [
            element
            for names in directive.get("Dimensions") or [[]]
            for element in _elements(root, directive["Metrics"], names, moment)
        ]
        if elements:
            yield directive["Namespace"], elements


def _elements(
    root: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    moment: datetime,
) -> Iterator[dict[str, Any]]:
    dimensions = [{"Name": name, "Value": str(root[name])} for name in names]
    for metric in metrics:
        found = root.get(metric["Name"])
        values = found if isinstance(found, list) else [found]
        numbers = [float(value) for value in values if isinstance(value, int | float)]
        if numbers:
            yield {
                "MetricName": metric["Name"],
                "Dimensions": dimensions,
                "Unit": metric.get("Unit", "None"),
                "Timestamp": moment,
                "Values": numbers,
            }
