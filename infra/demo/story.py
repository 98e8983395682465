"""What happened while months were played, as the AWS APIs tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.demo.lineage import Edge, Stage
from infra.demo.script import Words
from infra.demo.world import World
from pipelines.shared.serving.variants import configuration, variants

NAMESPACE = "MLOps"


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """Something on the timeline."""

    when: datetime
    lane: str
    """``pipeline``, ``alarm``, ``decision``, ``version`` or ``deployment``."""
    what: str
    good: bool
    """False for failures, alarms and refusals: what a person wants to see first."""
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One registered model version."""

    number: int
    arn: str
    registered: datetime
    status: str
    metadata: Mapping[str, str]
    reason: str
    """Why it was trained."""


@dataclass(kw_only=True)
class Month:
    """One month of traffic and what became of it."""

    month: str
    rows: int
    """How many were scored."""
    labelled: int
    version: str
    """The version that served the month."""
    reached: float
    """By the loop: of the answers the scoring API gave, the figure of the script's words."""
    frozen: float
    """Of the first version, had it stayed."""
    drift: dict[str, float] = field(default_factory=dict)
    """PSI by feature."""
    prediction_drift: float | None = None
    decision: str = ""


@dataclass(kw_only=True)
class Story:
    """Some months of the loop."""

    words: Words
    stack: str
    commit: str
    months: list[Month]
    happenings: list[Happening]
    versions: list[Version]
    lineage: list[Stage]
    """What the live version came from, from raw data to endpoint."""
    associations: list[Edge]
    """How the things of the lineage hang together, by the lineage API."""
    live: str
    seconds: float
    peak_gib: float
    resources: int
    alarms: dict[str, str]
    """Every alarm and its state at the end."""

    @property
    def gain(self) -> float:
        """Mean of what the loop reached less what the frozen model did."""
        return sum(m.reached - m.frozen for m in self.months) / max(len(self.months), 1)


def happenings(world: World, known: Sequence[Version]) -> list[Happening]:
    """Return the timeline, oldest first; ``known`` are the versions of :func:`versions`."""
    return sorted(
        [
            *_pipelines(world),
            *_alarms(world),
            *_decisions(world),
            *_registrations(known, world.script.words),
            *_deployments(world),
        ],
        key=lambda one: one.when,
    )


def versions(world: World) -> list[Version]:
    """Return every version of the model, oldest first."""
    sagemaker = world.client("sagemaker")
    group = world.outputs["model_package_group"]
    found = []
    pages = sagemaker.get_paginator("list_model_packages")
    for page in pages.paginate(ModelPackageGroupName=group):
        for summary in page["ModelPackageSummaryList"]:
            arn = summary["ModelPackageArn"]
            package = sagemaker.describe_model_package(ModelPackageName=arn)
            found.append(
                Version(
                    number=package["ModelPackageVersion"],
                    arn=arn,
                    registered=_utc(package["CreationTime"]),
                    status=package["ModelApprovalStatus"],
                    metadata=package.get("CustomerMetadataProperties", {}),
                    reason=package.get("ModelPackageDescription", ""),
                )
            )
    return sorted(found, key=lambda version: version.number)


def drift(world: World, since: datetime, until: datetime) -> tuple[dict[str, float], float | None]:
    """Return the PSI of each feature and that of the prediction, as published in that time."""
    cloudwatch = world.client("cloudwatch")
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=NAMESPACE)
    known = [metric for page in pages for metric in page["Metrics"]]
    features = {
        dimensions["Feature"]: metric
        for metric in known
        if metric["MetricName"] == "FeatureDrift"
        and "Feature" in (dimensions := _dimensions(metric))
    }
    values = {name: _largest(cloudwatch, one, since, until) for name, one in features.items()}
    prediction = next((m for m in known if m["MetricName"] == "PredictionDrift"), None)
    return (
        {name: value for name, value in values.items() if value is not None},
        _largest(cloudwatch, prediction, since, until) if prediction else None,
    )


def _largest(
    cloudwatch: Any,  # noqa: ANN401 - boto3's clients have no static type
    metric: Mapping[str, Any],
    since: datetime,
    until: datetime,
) -> float | None:
    points = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=metric["MetricName"],
        Dimensions=metric["Dimensions"],
        StartTime=since,
        EndTime=until,
        Period=86_400,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max((point["Maximum"] for point in points), default=None)


def _dimensions(metric: Mapping[str, Any]) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in metric["Dimensions"]}


def _pipelines(world: World) -> Iterator[Happening]:
    sagemaker = world.client("sagemaker")
    for kind in ("features", "training", "drift"):
        name = world.outputs[f"{kind}_pipeline"]
        pages = sagemaker.get_paginator("list_pipeline_executions").paginate(PipelineName=name)
        for summary in (one for page in pages for one in page["PipelineExecutionSummaries"]):
            arn = summary["PipelineExecutionArn"]
            execution = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            status = execution["PipelineExecutionStatus"]
            yield Happening(
                when=_utc(execution["CreationTime"]),
                lane="pipeline",
                what=f"{kind} {status.lower()}",
                good=status == "Succeeded",
                detail=_why(sagemaker, arn) if status == "Failed" else "",
            )


def _why(sagemaker: Any, arn: str) -> str:  # noqa: ANN401 - boto3's
    """Return what the step that failed said at its end."""
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    for step in steps["PipelineExecutionSteps"]:
        if step["StepStatus"] == "Failed":
            reason = step.get("FailureReason", "")
            job = step.get("Metadata", {}).get("ProcessingJob", {}).get("Arn")
            if job is not None:
                told = sagemaker.describe_processing_job(ProcessingJobName=job.split("/")[-1])
                reason = told.get("ExitMessage", reason)
            return f"{step['StepName']}: {reason}"[:600]
    return ""


def _alarms(world: World) -> Iterator[Happening]:
    cloudwatch = world.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarm_history")
    for page in pages.paginate(HistoryItemType="StateUpdate"):
        for item in page["AlarmHistoryItems"]:
            raised = item["HistorySummary"].endswith("to ALARM")
            if raised or "from ALARM" in item["HistorySummary"]:
                yield Happening(
                    when=_utc(item["Timestamp"]),
                    lane="alarm",
                    what=f"{item['AlarmName']} {'ALARM' if raised else 'OK'}",
                    good=not raised,
                    detail=item["HistorySummary"],
                )


def alarm_states(world: World) -> dict[str, str]:
    """Return the state of every alarm of the account."""
    pages = world.client("cloudwatch").get_paginator("describe_alarms").paginate()
    return {one["AlarmName"]: one["StateValue"] for page in pages for one in page["MetricAlarms"]}


def live_version(world: World) -> int | None:
    """Return the model version behind the endpoint; ``None`` where no endpoint stands."""
    sagemaker = world.client("sagemaker")
    name = world.outputs["endpoint"]
    configured = configuration(sagemaker, name)
    if configured is None:
        return None
    described = sagemaker.describe_endpoint_config(EndpointConfigName=configured)
    return int(variants(sagemaker, described)[0].version)


def outcome(world: World, since: datetime) -> str:
    """Say in a few words what the gate decided since then."""
    later = [one for one in decisions(world) if _decided(one) >= since]
    allowed = [one for one in later if one["decision"] == "retrain"]
    chosen = (allowed or later)[-1:] or [{"decision": "no trigger", "rule": ""}]
    said = f"{chosen[0]['decision']}: {chosen[0]['rule']}" if later else "no trigger"
    refused = len(later) - len(allowed)
    return f"{said} ({refused} refused)" if refused and allowed else said


def _decided(item: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(item["decided_at"].split("#")[0])


def decisions(world: World) -> list[dict[str, str]]:
    """Return the retraining gate's decisions, oldest first."""
    table = world.client("dynamodb")
    pages = table.get_paginator("scan").paginate(TableName=world.outputs["decisions_table"])
    items = [
        {key: next(iter(value.values())) for key, value in item.items()}
        for page in pages
        for item in page["Items"]
    ]
    return sorted(items, key=lambda item: item["decided_at"])


def _decisions(world: World) -> Iterator[Happening]:
    for item in decisions(world):
        yield Happening(
            when=_decided(item),
            lane="decision",
            what=f"{item['decision']}: {item['rule']}",
            good=item["decision"] == "retrain",
            detail=item["reason"],
        )


def _registrations(known: Sequence[Version], words: Words) -> Iterator[Happening]:
    for version in known:
        reached = version.metadata.get(words.metadata)
        champion = version.metadata.get(f"champion_{words.metadata}")
        yield Happening(
            when=version.registered,
            lane="version",
            what=f"v{version.number} {version.status}",
            good=version.status == "Approved",
            detail=f"held-out {words.figure} {reached}, champion {champion}",
        )


def _deployments(world: World) -> Iterator[Happening]:
    codebuild = world.client("codebuild")
    project = world.outputs["delivery_project"]
    ids = codebuild.list_builds_for_project(projectName=project)["ids"]
    for build in codebuild.batch_get_builds(ids=ids)["builds"] if ids else []:
        yield Happening(
            when=_utc(build["startTime"]),
            lane="deployment",
            what=f"delivery {build['buildStatus'].lower()}",
            good=build["buildStatus"] == "SUCCEEDED",
            detail=build["id"],
        )


def _utc(when: datetime) -> datetime:
    return when.astimezone(UTC)
