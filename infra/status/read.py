"""Ask AWS what the use cases of a stack are doing; the emulator answers in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.status.facts import (
    Alarm,
    Decision,
    Endpoint,
    Measured,
    Pipeline,
    Run,
    Served,
    UseCaseStatus,
)
from pipelines.shared.release.versions import Registry, answering, chosen, pairs
from pipelines.shared.serving.variants import MISSING
from stacks.names import parse
from stacks.serving import Serving

Client = Callable[[str], Any]
RUNS = 3
"""Executions shown of each pipeline."""
DECISIONS = 5
LOOKED_AT = 60
"""Items read for them: a shadow that is kept is decided on daily, and told once."""
LOOKED_BACK_DAYS = 62
"""How far back the newest measurement may lie: drift is measured monthly at the least."""
DAY_SECONDS = 86_400
METRIC_NAMESPACE = "MLOps"
SHOWN = (
    "PredictionDrift",
    *(f"{objective}{kind}" for objective in ("Auc", "Accuracy") for kind in ("", "Drop")),
    "DataQualityViolations",
    "FeatureDrift",
)


def read(client: Client, stack: str, use_case: str, serving: Serving) -> UseCaseStatus:
    """Return what a use case is doing.

    Raises:
        LookupError: the stack file pins a version that the registry does not have.
        ClientError: AWS refuses, for example for lack of a permission, which it names.
    """
    prefix = f"{stack}-{use_case}"
    return UseCaseStatus(
        use_case=use_case,
        pipelines=_pipelines(client("sagemaker"), prefix),
        endpoint=_endpoint(client("sagemaker"), prefix, serving),
        drift=_drift(client, stack, use_case),
        alarms=_alarms(client("cloudwatch"), prefix),
        decisions=_decisions(client("dynamodb"), stack, use_case),
    )


def _pipelines(sagemaker: Any, prefix: str) -> tuple[Pipeline, ...]:  # noqa: ANN401 - boto3's
    pages = sagemaker.get_paginator("list_pipelines").paginate(PipelineNamePrefix=f"{prefix}-")
    names = sorted(one["PipelineName"] for page in pages for one in page["PipelineSummaries"])
    return tuple(Pipeline(name=name, runs=_runs(sagemaker, name)) for name in names)


def _runs(sagemaker: Any, pipeline: str) -> tuple[Run, ...]:  # noqa: ANN401 - boto3's
    listed = sagemaker.list_pipeline_executions(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=RUNS
    )["PipelineExecutionSummaries"]
    return tuple(_run(sagemaker, one["PipelineExecutionArn"]) for one in listed)


def _run(sagemaker: Any, arn: str) -> Run:  # noqa: ANN401 - boto3's
    told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    status = told["PipelineExecutionStatus"]
    step = "" if status == "Succeeded" else _step(sagemaker, arn, status)
    return Run(
        status=status,
        began=told["CreationTime"],
        seconds=(told["LastModifiedTime"] - told["CreationTime"]).total_seconds(),
        step=step,
        reason=told.get("FailureReason", ""),
    )


def _step(sagemaker: Any, arn: str, status: str) -> str:  # noqa: ANN401 - boto3's
    wanted = "Failed" if status == "Failed" else "Executing"
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn
    )
    steps = [one for page in pages for one in page["PipelineExecutionSteps"]]
    return ", ".join(one["StepName"] for one in steps if one["StepStatus"] == wanted)


def _endpoint(sagemaker: Any, name: str, serving: Serving) -> Endpoint:  # noqa: ANN401 - boto3's
    wanted = chosen(Registry(lambda: sagemaker), name, serving.model_versions)
    try:
        told = sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in MISSING:
            raise
        return Endpoint(
            name=name,
            status="NotCreated",
            reason="",
            variants=(),
            versions=tuple(pairs(wanted, [])),
        )
    found, _ = answering(sagemaker, told["EndpointConfigName"])
    running = {
        one["VariantName"]: one
        for kind in ("ProductionVariants", "ShadowProductionVariants")
        for one in told.get(kind) or ()
    }
    return Endpoint(
        name=name,
        status=told["EndpointStatus"],
        reason=told.get("FailureReason", ""),
        versions=tuple(pairs(wanted, found)),
        variants=tuple(
            Served(
                name=one.name,
                version=one.version,
                instances=_instances(running.get(one.name, {})),
                weight=one.weight,
                shadow=one.shadow,
            )
            for one in found
        ),
    )


def _instances(running: Mapping[str, Any]) -> str:
    current, desired = running.get("CurrentInstanceCount"), running.get("DesiredInstanceCount")
    if current is None:
        return "serverless"
    return str(current) if desired in {None, current} else f"{current} of {desired}"


def _drift(client: Client, stack: str, use_case: str) -> tuple[Measured, ...]:
    cloudwatch, now = client("cloudwatch"), _now(client)
    own = {"Stack": stack, "UseCase": use_case}
    wanted = [{"Name": name, "Value": value} for name, value in own.items()]
    pages = cloudwatch.get_paginator("list_metrics").paginate(
        Namespace=METRIC_NAMESPACE, Dimensions=wanted
    )
    found = []
    for metric in (one for page in pages for one in page["Metrics"]):
        dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        further = {name: value for name, value in dimensions.items() if name not in own}
        if metric["MetricName"] not in SHOWN or "Feature" in further:
            continue
        points = cloudwatch.get_metric_statistics(
            Namespace=METRIC_NAMESPACE,
            MetricName=metric["MetricName"],
            Dimensions=metric["Dimensions"],
            StartTime=now - timedelta(days=LOOKED_BACK_DAYS),
            EndTime=now + timedelta(days=1),
            Period=DAY_SECONDS,
            Statistics=["Maximum"],
        )["Datapoints"]
        if points:
            last = max(points, key=lambda point: point["Timestamp"])
            found.append(
                Measured(
                    metric=metric["MetricName"],
                    dimensions=further,
                    value=last["Maximum"],
                    at=last["Timestamp"],
                )
            )
    return tuple(sorted(found, key=lambda one: (one.metric, sorted(one.dimensions.items()))))


def _now(client: Client) -> datetime:
    """Return the service's own time: the emulator's clock is not this machine's."""
    answer = client("sts").get_caller_identity()
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)


def _alarms(cloudwatch: Any, prefix: str) -> tuple[Alarm, ...]:  # noqa: ANN401 - boto3's
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{prefix}-", StateValue="ALARM"
    )
    return tuple(
        Alarm(
            name=one["AlarmName"],
            since=one["StateUpdatedTimestamp"],
            description=one.get("AlarmDescription", ""),
        )
        for page in pages
        for one in page["MetricAlarms"]
    )


def _decisions(dynamodb: Any, stack: str, use_case: str) -> tuple[Decision, ...]:  # noqa: ANN401 - boto3's
    table = _decisions_table(dynamodb, stack, use_case)
    if table is None:
        return ()
    items = dynamodb.query(
        TableName=table,
        KeyConditionExpression="use_case = :u",
        ExpressionAttributeValues={":u": {"S": use_case}},
        ScanIndexForward=False,
        Limit=LOOKED_AT,
    )["Items"]
    found = [
        Decision(
            at=item["decided_at"]["S"].partition("#")[0],
            decision=item.get("decision", {}).get("S", ""),
            rule=item.get("rule", {}).get("S", ""),
            reason=item.get("reason", {}).get("S", ""),
        )
        for item in items
    ]
    return tuple(_told_once(found))[:DECISIONS]


def _told_once(newest_first: list[Decision]) -> Iterator[Decision]:
    """Yield the decisions, of a shadow kept for the same rule again and again the newest."""
    kept = ""
    for one in newest_first:
        if one.decision == "keep" and one.rule == kept:
            continue
        if one.decision in {"keep", "promote", "reject"}:
            kept = one.rule if one.decision == "keep" else ""
        yield one


def _decisions_table(dynamodb: Any, stack: str, use_case: str) -> str | None:  # noqa: ANN401 - boto3's
    """Return the table that Pulumi named, known by its tags."""
    said = parse(stack)
    wanted = {"team": said.team, "environment": said.environment, "use_case": use_case}
    pages = dynamodb.get_paginator("list_tables").paginate()
    for name in (name for page in pages for name in page["TableNames"]):
        if not name.startswith(f"{use_case}-gate-decisions"):
            continue
        arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        told = dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
        tags = {tag["Key"]: tag["Value"] for tag in told}
        if wanted.items() <= tags.items() and tags.get("instance") == said.instance:
            return str(name)
    return None
