"""The model registry and the endpoint, as the steps read them."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from pipelines.shared.steps import storage


@dataclass(frozen=True)
class Live:
    """The endpoint's traffic and the model version behind it."""

    capture_uri: str | None
    """Where its traffic is recorded, variant included; ``None`` where nothing is."""
    package: dict[str, Any]


def champion(group: str) -> dict[str, Any] | None:
    """Return the newest approved model package; ``None`` before there is any."""
    sagemaker = storage.client("sagemaker")
    found = sagemaker.list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    if not found:
        return None
    package: dict[str, Any] = sagemaker.describe_model_package(
        ModelPackageName=found[0]["ModelPackageArn"]
    )
    return package


def live(endpoint: str) -> Live | None:
    """Return what an endpoint serves; ``None`` where there is no endpoint."""
    sagemaker = storage.client("sagemaker")
    try:
        described = sagemaker.describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"ValidationException", "ResourceNotFound"}:
            return None
        raise
    config = sagemaker.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
    variant = _heaviest(described, config)
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    container = model.get("PrimaryContainer") or model["Containers"][0]
    package = sagemaker.describe_model_package(ModelPackageName=container["ModelPackageName"])
    capture = config.get("DataCaptureConfig") or {}
    uri = capture.get("DestinationS3Uri")
    if uri:
        uri = f"{uri.rstrip('/')}/{endpoint}/{variant['VariantName']}"
    return Live(capture_uri=uri, package=package)


def _heaviest(described: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """Return the production variant with most of the traffic now, the first of equals.

    Which request goes where is drawn by lot: its traffic is a fair sample of all of it.
    """
    weights = {
        one["VariantName"]: one.get("CurrentWeight", 0.0)
        for one in described.get("ProductionVariants", [])
    }
    variants: list[dict[str, Any]] = config["ProductionVariants"]
    return max(variants, key=lambda one: weights.get(one["VariantName"], 0.0))


def download_model(package: dict[str, Any], folder: Path) -> Path:
    """Unpack the model of a package into a folder and return it."""
    container = package["InferenceSpecification"]["Containers"][0]
    bucket, key = storage.split(container["ModelDataUrl"])
    body = storage.fetch(bucket, [key])[0]
    return unpack(body, folder)


def unpack(body: bytes, folder: Path) -> Path:
    """Unpack a ``model.tar.gz`` into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        archive.extractall(folder, filter="data")
    return folder
