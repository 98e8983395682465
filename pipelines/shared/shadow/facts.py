"""Gathers what is decided on, from SageMaker, CloudWatch, captured traffic and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pipelines.shared.serving.variants import MISSING, Variant, variants
from pipelines.shared.shadow.captured import Compared, Place, Scores, compare
from pipelines.shared.shadow.decision import Agreement, Facts, Health
from pipelines.shared.shadow.ranking import auc

CANDIDATE = "candidate"
"""Tag of a shadow's model with its version's ARN: its model names an archive."""
DAY_SECONDS = 86_400
PERIOD_SECONDS = 3600
"""The first is counted whole: what was told of a predecessor within it is counted, too."""


class UseCase(Protocol):
    """A use case's module ``evidence``; without ``labels`` nothing is ranked."""

    scores: Scores
    """Raises ``ValueError`` on what its models do not answer."""


@dataclass(frozen=True)
class Names:
    """Where to look; from the function's environment."""

    stack: str
    use_case: str
    endpoint: str
    capture_bucket: str
    capture_prefix: str
    raw_bucket: str
    window_days: int
    settling_minutes: int
    """From a new model on until no request reaches the one before, at most."""


@dataclass(frozen=True)
class Contest:
    """A shadow beside the variant that answers."""

    production: Variant
    shadow: Variant
    candidate: str
    """ARN of the version that the shadow serves."""
    endpoint_status: str
    since: datetime
    """From when on all answers are theirs."""


def contest(sagemaker: Any, names: Names) -> Contest | None:  # noqa: ANN401 - boto3's
    """Return who stands side by side; ``None`` without endpoint, or without a shadow.

    Raises:
        LookupError: the shadow's model does not say which version it is.
        botocore.exceptions.ClientError: AWS refused a call.
    """
    try:
        described = sagemaker.describe_endpoint(EndpointName=names.endpoint)
    except sagemaker.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise
    # While the first configuration is being stood up there is none that serves.
    if not (config_name := described.get("EndpointConfigName")):
        return None
    config = sagemaker.describe_endpoint_config(EndpointConfigName=config_name)
    found = variants(sagemaker, config)
    shadow = next((one for one in found if one.shadow), None)
    if shadow is None:
        return None
    production = next(one for one in found if not one.shadow)
    models = [sagemaker.describe_model(ModelName=one.model) for one in (production, shadow)]
    tags = sagemaker.list_tags(ResourceArn=models[1]["ModelArn"])["Tags"]
    candidate = next((tag["Value"] for tag in tags if tag["Key"] == CANDIDATE), None)
    if candidate is None:
        raise LookupError(f"model {shadow.model} must have the tag {CANDIDATE}, got none")
    made = max(model["CreationTime"].astimezone(UTC) for model in models)
    return Contest(
        production=production,
        shadow=shadow,
        candidate=str(candidate),
        endpoint_status=str(described["EndpointStatus"]),
        since=made + timedelta(minutes=names.settling_minutes),
    )


def gather(
    clients: Any,  # noqa: ANN401 - one type per service
    found: Contest,
    names: Names,
    use_case: UseCase,
    now: datetime,
) -> Facts:
    """Look everything up; ``clients`` gives a boto3 client by service name.

    Raises:
        botocore.exceptions.ClientError: AWS refused a call; nothing was decided.
    """
    since = max(found.since, now - timedelta(days=names.window_days))
    compared = Compared(since)
    if since < now:
        place = Place(
            bucket=names.capture_bucket,
            prefix=f"{names.capture_prefix}/{names.endpoint}",
            production=found.production.name,
            shadow=found.shadow.name,
        )
        compared = compare(clients("s3"), place, since, now, use_case.scores)
    package = clients("sagemaker").describe_model_package(ModelPackageName=found.candidate)
    metrics = clients("cloudwatch")
    return Facts(
        version=int(found.candidate.rpartition("/")[2]),
        production_version=int(found.production.version) if found.production.version else None,
        approval=str(package.get("ModelApprovalStatus", "")),
        endpoint_status=found.endpoint_status,
        days=max(0.0, (now - since).total_seconds() / DAY_SECONDS),
        agreement=_agreement(clients("s3"), compared, names, use_case, now),
        production=_health(metrics, names.endpoint, found.production.name, since, now),
        shadow=_health(metrics, names.endpoint, found.shadow.name, since, now),
        read_days=max(0.0, (now - compared.since).total_seconds() / DAY_SECONDS),
    )


def _agreement(
    s3: Any,  # noqa: ANN401 - boto3's
    compared: Compared,
    names: Names,
    use_case: UseCase,
    now: datetime,
) -> Agreement:
    labels = getattr(use_case, "labels", None)
    truth: Mapping[str, bool] = {}
    if labels is not None and compared.rows:
        truth = labels(s3, names.raw_bucket, compared.rows.keys(), now)
    known = [(compared.rows[row], late) for row, late in truth.items()]
    positive = [late for _, late in known]
    return Agreement(
        requests=compared.requests,
        rows=len(compared.rows),
        mean_difference=compared.mean_difference,
        labelled=len(known),
        auc_production=auc([pair.production for pair, _ in known], positive),
        auc_shadow=auc([pair.shadow for pair, _ in known], positive),
        unidentified=compared.unidentified,
        unreadable=compared.unreadable,
    )


def _health(
    cloudwatch: Any,  # noqa: ANN401 - boto3's
    endpoint: str,
    variant: str,
    since: datetime,
    now: datetime,
) -> Health:
    if since >= now:
        return Health(0.0, 0.0, None)
    wanted = {
        "invocations": ("Invocations", "Sum"),
        "client": ("Invocation4XXErrors", "Sum"),
        "server": ("Invocation5XXErrors", "Sum"),
        "latency": ("ModelLatency", "p99"),
    }
    dimensions = [
        {"Name": "EndpointName", "Value": endpoint},
        {"Name": "VariantName", "Value": variant},
    ]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/SageMaker",
                        "MetricName": metric,
                        "Dimensions": dimensions,
                    },
                    "Period": PERIOD_SECONDS,
                    "Stat": statistic,
                },
            }
            for name, (metric, statistic) in wanted.items()
        ],
        StartTime=since,
        EndTime=now,
    )
    points: dict[str, dict[datetime, float]] = {name: {} for name in wanted}
    for result in (one for page in pages for one in page["MetricDataResults"]):
        points[result["Id"]] |= dict(zip(result["Timestamps"], result["Values"], strict=True))
    asked = points["invocations"]
    weighted = [(value, asked.get(moment, 1.0)) for moment, value in points["latency"].items()]
    weight = sum(part for _, part in weighted)
    return Health(
        invocations=sum(asked.values()),
        errors=sum(points["client"].values()) + sum(points["server"].values()),
        latency_p99_milliseconds=sum(value * part for value, part in weighted) / weight / 1000
        if weight
        else None,
    )
