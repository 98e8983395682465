"""Metrics of a training job: what its definitions find in its log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.logs.models import logs_backends

from infra.emulator.jobs.job import Job, JobError

_NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"


def lines(job: Job, account_id: str, hosts: Iterable[str]) -> list[tuple[datetime, str]]:
    """Return what the job's hosts logged, oldest first."""
    groups = logs_backends[account_id][job.region].groups
    group = groups.get(job.kind.log_group)
    streams = [job.log_stream(host) for host in hosts]
    logged = [
        (datetime.fromtimestamp(event.timestamp / 1000, UTC), event.message)
        for stream in streams
        if group is not None and stream in group.streams
        for event in group.streams[stream].events
    ]
    return sorted(logged, key=lambda line: line[0])


def definitions(request: Mapping[str, Any], wanted: str | None = None) -> dict[str, str]:
    """Return the patterns by metric: the job's own, or XGBoost's for the objective ``wanted``.

    The XGBoost image prints ``[3] train-auc:0.7 validation-auc:0.6``; SageMaker knows these as
    ``train:auc`` and ``validation:auc`` without a definition.
    """
    specification = request["AlgorithmSpecification"]
    found = {item["Name"]: item["Regex"] for item in specification.get("MetricDefinitions") or []}
    built_in = re.fullmatch(r"(train|validation):([\w@]+)", wanted or "")
    if wanted and wanted not in found and built_in and "xgboost" in specification["TrainingImage"]:
        found[wanted] = rf"\[[0-9]+\].*{built_in[1]}-{built_in[2]}:{_NUMBER}"
    return found


def check(patterns: Mapping[str, str]) -> None:
    """Check patterns as regular expressions with one group.

    Raises:
        JobError: one is not.
    """
    for name, pattern in patterns.items():
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise JobError(f"metric {name}: {error} in {pattern}") from error
        if groups == 0:
            raise JobError(f"metric {name}: regex must have a group, got {pattern}")


def values(
    patterns: Mapping[str, str], logged: Iterable[tuple[datetime, str]]
) -> dict[str, list[tuple[datetime, float]]]:
    """Return every value of each metric that appears."""
    found: dict[str, list[tuple[datetime, float]]] = {}
    for when, line in logged:
        for name, pattern in patterns.items():
            for value in re.findall(pattern, line):
                text = value[0] if isinstance(value, tuple) else value
                try:
                    number = float(text)
                except ValueError:
                    continue
                found.setdefault(name, []).append((when, number))
    return found


def final(measured: Mapping[str, list[tuple[datetime, float]]]) -> list[dict[str, Any]]:
    """Return the last value of each metric."""
    return [
        {"MetricName": name, "Value": found[-1][1], "Timestamp": found[-1][0]}
        for name, found in measured.items()
    ]
