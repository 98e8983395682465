"""Where the live model came from: the lineage API from endpoint to dataset, then the manifest.

SageMaker records what a job declares as inputs and outputs. What the Extract step read through APIs
(labels, flights, feature groups) stands in the evaluation that is registered with the version.
"""

from __future__ import annotations

import json
from typing import Any

from infra.demo.world import World

Edge = tuple[str, str, str]
"""Source, association type, destination, by name."""
Stage = tuple[str, list[str]]
"""A kind of thing on the way from data to endpoint, and the things."""

KINDS = {
    "FeatureGroup": "feature groups",
    "DataSet": "datasets",
    "Code": "code",
    "Image": "images",
    "SageMakerProcessingJob": "jobs",
    "SageMakerTrainingJob": "jobs",
    "PipelineExecution": "pipeline execution",
    "Model": "model artifact",
    "ModelMetrics": "evaluation",
    "ModelPackage": "model version",
}


def trace(world: World, package_arn: str, commit: str) -> tuple[list[Stage], list[Edge]]:
    """Return the stages from raw data to the endpoint, and the associations between them."""
    sagemaker = world.client("sagemaker")
    package = sagemaker.describe_model_package(ModelPackageName=package_arn)
    found: dict[str, list[str]] = {}
    for uri, what in _sources(world, package).items():
        kind = "feature groups" if "/offline-store/" in uri else "raw data and labels"
        found.setdefault(kind, []).append(f"{_short(uri)} ({what})")
    names: dict[str, str] = {}
    edges: list[Edge] = []
    for artifact in sagemaker.list_artifacts(SourceUri=package_arn)["ArtifactSummaries"]:
        answer = _ascendants(sagemaker, artifact["ArtifactArn"])
        vertices = {one["Arn"]: one.get("Type", "") for one in answer["Vertices"]}
        vertices[artifact["ArtifactArn"]] = "ModelPackage"
        for arn, kind in vertices.items():
            names[arn] = _name(sagemaker, arn)
            found.setdefault(KINDS.get(kind, kind), []).append(names[arn])
        edges += [
            (names[one["SourceArn"]], one.get("AssociationType", ""), names[one["DestinationArn"]])
            for one in answer["Edges"]
        ]
    found["commit"] = [f"{commit}, step code {package['CustomerMetadataProperties']['code'][:12]}"]
    found["endpoint"] = [str(world.outputs["endpoint"])]
    order = ["raw data and labels", "feature groups", "commit", *dict.fromkeys(KINDS.values())]
    return [
        (kind, sorted(set(found[kind]))) for kind in [*order, "endpoint"] if kind in found
    ], edges


def _ascendants(sagemaker: Any, arn: str) -> dict[str, list[dict[str, str]]]:  # noqa: ANN401 - boto3's
    """Return vertices and edges of all pages; boto3 has no paginator for the operation."""
    found: dict[str, list[dict[str, str]]] = {"Vertices": [], "Edges": []}
    asked = {"StartArns": [arn], "Direction": "Ascendants", "IncludeEdges": True, "MaxDepth": 10}
    while True:
        answer = sagemaker.query_lineage(**asked)
        for kind, some in found.items():
            some += [one for one in answer.get(kind) or [] if one not in some]
        if not answer.get("NextToken"):
            return found
        asked["NextToken"] = answer["NextToken"]


def _sources(world: World, package: dict[str, Any]) -> dict[str, str]:
    uri = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    body = world.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    sources: dict[str, str] = json.loads(body)["sources"]
    return sources


def _name(sagemaker: Any, arn: str) -> str:  # noqa: ANN401 - boto3's clients have no static type
    if ":artifact/" not in arn:
        return arn.rsplit(":", 1)[-1].split("/", 1)[-1]
    source = sagemaker.describe_artifact(ArtifactArn=arn)["Source"]["SourceUri"]
    return _short(source)


def _short(uri: str) -> str:
    """Leave out what all have in common: the bucket, the registry, the account."""
    if uri.startswith("s3://"):
        return uri.removeprefix("s3://").partition("/")[2].strip("/")
    if uri.startswith("arn:"):
        return uri.rsplit(":", 1)[-1].partition("/")[2]
    return uri.rsplit("/", 2)[-1] if ".dkr." in uri else "/".join(uri.split("/")[-2:])
