"""From an endpoint to everything that produced what it serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipelines.shared.lineage.asking import Asking
from pipelines.shared.lineage.facts import Lineage, Variant
from pipelines.shared.lineage.version import version
from pipelines.shared.serving.variants import Variant as Serving
from pipelines.shared.serving.variants import configuration, variants


def trace(client: Callable[[str], Any], endpoint: str) -> Lineage:
    """Return what produced what the endpoint serves.

    ``client`` makes a boto3 client of a service's name.

    Raises:
        LookupError: there is no such endpoint; names those that there are.
        ClientError: AWS does not let the endpoint itself be read.
    """
    asking = Asking(client)
    sagemaker = client("sagemaker")
    name = configuration(sagemaker, endpoint)
    if name is None:
        known = [one["EndpointName"] for one in sagemaker.list_endpoints()["Endpoints"]]
        raise LookupError(f"endpoint must be one of {known}, got {endpoint!r}")
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=name)
    found = [
        _variant(asking, described, config, serving) for serving in variants(sagemaker, config)
    ]
    newest = _newest(asking, found)
    return Lineage(
        endpoint=endpoint,
        arn=described["EndpointArn"],
        status=described["EndpointStatus"],
        configuration=name,
        changed=described.get("LastModifiedTime"),
        tags=asking.tags(described["EndpointArn"]),
        variants=found,
        newest_approved=newest,
        drift=_drift(endpoint, found, newest),
        gaps=tuple(asking.gaps),
    )


def _variant(
    asking: Asking, endpoint: Mapping[str, Any], config: Mapping[str, Any], serving: Serving
) -> Variant:
    members = ("ProductionVariants", "ShadowProductionVariants")
    kind = members[serving.shadow]
    declared = next(one for one in config[kind] if one["VariantName"] == serving.name)
    running: Mapping[str, Any] = next(
        (one for one in endpoint.get(kind) or [] if one["VariantName"] == serving.name), {}
    )
    package = serving.package or _candidate(asking, serving)
    if package is None:
        asking.gap(
            f"version of variant {serving.name}",
            f"its model {serving.model} was made of an archive, not of the registry's version",
        )
    return Variant(
        name=serving.name,
        model=serving.model,
        shadow=serving.shadow,
        weight=running.get("CurrentWeight", serving.weight),
        instances=_instances(declared, running),
        version=version(asking, package) if package else None,
    )


def _candidate(asking: Asking, serving: Serving) -> str | None:
    """Return the version that a shadow's model is tagged with: SageMaker makes none of pending."""
    sagemaker = asking.client("sagemaker")
    model = asking.ask(
        f"model {serving.model}", lambda: sagemaker.describe_model(ModelName=serving.model)
    )
    return asking.tags(model["ModelArn"]).get("candidate") if model else None


def _instances(declared: Mapping[str, Any], running: Mapping[str, Any]) -> str:
    if "ServerlessConfig" in declared:
        return "serverless"
    count = running.get("CurrentInstanceCount", declared.get("InitialInstanceCount"))
    return f"{count} x {declared.get('InstanceType')}"


def _newest(asking: Asking, found: list[Variant]) -> str | None:
    """Return the version approved last, of the group that the first variant is of."""
    group = next((one.version.group for one in found if one.version and not one.shadow), None)
    if group is None:
        return None
    listed = asking.ask(
        f"newest approved version of {group}",
        lambda: asking.client("sagemaker").list_model_packages(
            ModelPackageGroupName=group,
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=1,
        )["ModelPackageSummaryList"],
    )
    return listed[0]["ModelPackageArn"] if listed else None


def _drift(endpoint: str, found: list[Variant], newest: str | None) -> str | None:
    """Say how what is live differs from what was approved last."""
    live = [one.version for one in found if one.version and not one.shadow]
    if not live:
        return None
    if newest is None:
        return f"{endpoint} serves version {live[0].number}, and the registry approves none"
    if any(one.arn == newest for one in live):
        unapproved = [one for one in live if one.approval.status != "Approved"]
        if unapproved:
            told = unapproved[0]
            return f"{endpoint} serves version {told.number}, which is {told.approval.status}"
        return None
    numbers = ", ".join(str(one.number) for one in live)
    approved = newest.rpartition("/")[2]
    return f"{endpoint} serves version {numbers}, approved last is version {approved}"
