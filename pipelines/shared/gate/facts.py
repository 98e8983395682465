"""Gathers what the gate decides on, from SageMaker, CloudWatch and the labels in S3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.shared.gate.decision import Facts, Kind, Limits, Trigger

RUNNING = frozenset({"Executing", "Stopping"})
FAILED = frozenset({"Failed", "Stopped"})
MAX_LABEL_BYTES = 64 * 1024 * 1024
"""Reading stops here even if the minimum was not reached: some 2 million rows."""


@dataclass(frozen=True)
class Names:
    """Where to look; from the function's environment."""

    stack: str
    use_case: str
    training_pipeline: str
    model_package_group: str
    raw_bucket: str
    labels_prefix: str
    data_quality_alarm: str


@dataclass(frozen=True)
class Training:
    """One execution of the training pipeline."""

    arn: str
    status: str
    started_at: datetime


def trigger(event: Mapping[str, Any], names: Names) -> Trigger:
    """Say what kind of event asks, and in whose name."""
    detail = event.get("detail") or {}
    source = event.get("source", "")
    if source == "aws.cloudwatch":
        alarm = str(detail.get("alarmName"))
        kind: Kind = "data_quality" if alarm == names.data_quality_alarm else "alarm"
        return Trigger(kind, alarm)
    if source == "aws.sagemaker":
        return Trigger("new_data", str(detail.get("pipelineArn", "")).rsplit("/", 1)[-1])
    if source in ("aws.events", "aws.scheduler"):
        rules = event.get("resources") or [source]
        return Trigger("schedule", str(rules[0]).rsplit("/", 1)[-1])
    return Trigger("other", source or "somebody")


def gather(clients: Any, event: Mapping[str, Any], names: Names, limits: Limits) -> Facts:  # noqa: ANN401 - one type per service
    """Look everything up; ``clients`` gives a boto3 client by service name.

    Raises:
        botocore.exceptions.ClientError: AWS refused a call; nothing was decided.
    """
    now = moment(event)
    window = timedelta(days=limits.budget_window_days)
    trainings = list(_trainings(clients("sagemaker"), names.training_pipeline))
    good = [training for training in trainings if training.status not in FAILED]
    return Facts(
        trigger=trigger(event, names),
        now=now,
        running=next((one.arn for one in trainings if one.status in RUNNING), None),
        data_quality_alarm=_alarm_in_alarm(clients("cloudwatch"), names.data_quality_alarm),
        approved_version=_approved_version(clients("sagemaker"), names.model_package_group),
        last_training_at=max((one.started_at for one in trainings), default=None),
        trainings_in_window=sum(one.started_at > now - window for one in trainings),
        new_labels=_new_labels(
            clients("s3"),
            names,
            since=max((one.started_at for one in good), default=None),
            enough=limits.min_new_labels,
        ),
    )


def moment(event: Mapping[str, Any]) -> datetime:
    """Return the event's time.

    Raises:
        ValueError: it has none, or not one in ISO 8601.
    """
    if not event.get("time"):
        raise ValueError("event must have a time in ISO 8601, got none")
    found = datetime.fromisoformat(str(event["time"]).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _trainings(sagemaker: Any, pipeline: str) -> Iterator[Training]:  # noqa: ANN401 - boto3's
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for one in page["PipelineExecutionSummaries"]:
            started = one["StartTime"].astimezone(UTC)
            yield Training(
                one["PipelineExecutionArn"], one.get("PipelineExecutionStatus", ""), started
            )


def _alarm_in_alarm(cloudwatch: Any, name: str) -> str | None:  # noqa: ANN401 - boto3's
    if not name:
        return None
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
    states = [alarm["StateValue"] for alarm in found["MetricAlarms"]]
    return name if "ALARM" in states else None


def _approved_version(sagemaker: Any, group: str) -> int | None:  # noqa: ANN401 - boto3's
    found = sagemaker.list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    return int(found[0]["ModelPackageVersion"]) if found else None


def _new_labels(s3: Any, names: Names, *, since: datetime | None, enough: int) -> int:  # noqa: ANN401 - boto3's
    """Count rows of label files that arrived after ``since``, until there are enough."""
    rows, budget = 0, MAX_LABEL_BYTES
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=names.raw_bucket, Prefix=names.labels_prefix
    )
    for page in pages:
        for item in page.get("Contents", []):
            arrived = item["LastModified"]
            if not item["Key"].endswith(".csv") or (since is not None and arrived <= since):
                continue
            rows += _rows(s3, names.raw_bucket, item["Key"], budget)
            budget -= item["Size"]
            if rows >= enough or budget <= 0:
                return rows
    return rows


def _rows(s3: Any, bucket: str, key: str, max_bytes: int) -> int:  # noqa: ANN401 - boto3's
    body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    lines, read, last = 0, 0, b""
    for chunk in body.iter_chunks(1024 * 1024):
        lines += chunk.count(b"\n")
        read += len(chunk)
        last = chunk[-1:]
        if read >= max_bytes:
            break
    unfinished = last not in (b"", b"\n")
    return max(0, lines + unfinished - 1)  # the header is no label
