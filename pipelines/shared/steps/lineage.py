"""What SageMaker cannot record by itself: data that a step reads or writes through an API.

A job's declared inputs and outputs are recorded by the service. Feature groups, labels, raw tables
and captured traffic are none; they become artifacts here, linked to what they contributed to.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from pipelines.shared.steps import storage

FEATURE_GROUP = "FeatureGroup"
DATA_SET = "DataSet"
MODEL_PACKAGE = "ModelPackage"
METRICS = "ModelMetrics"


def contributed(sources: Mapping[str, str], targets: Mapping[str, str]) -> None:
    """Link each source to each target; both by URI or ARN, with their types of artifact.

    Told again, it changes nothing: a retried step writes the same.
    """
    sagemaker = storage.client("sagemaker")
    known = {**sources, **targets}
    with ThreadPoolExecutor(storage.THREADS) as pool:
        made = pool.map(lambda uri: artifact(sagemaker, uri, known[uri]), known)
        arns = dict(zip(known, made, strict=True))
        pairs = [(arns[source], arns[target]) for source in sources for target in targets]
        list(pool.map(lambda pair: _associate(sagemaker, *pair), pairs))


def artifact(sagemaker: Any, uri: str, kind: str) -> str:  # noqa: ANN401 - boto3's
    """Return the artifact of a URI, made if there is none: the service may have made it before."""
    uri = uri.rstrip("/")
    found = sagemaker.list_artifacts(SourceUri=uri)["ArtifactSummaries"]
    if found:
        return str(found[0]["ArtifactArn"])
    name = "".join(one if one.isalnum() else "-" for one in uri.rpartition("/")[2])[:120].strip("-")
    made = sagemaker.create_artifact(
        ArtifactName=name or "data", Source={"SourceUri": uri}, ArtifactType=kind
    )
    return str(made["ArtifactArn"])


def group_arn(name: str) -> str:
    """Return the ARN of a feature group: what its artifact is known by."""
    described = storage.client("sagemaker").describe_feature_group(FeatureGroupName=name)
    return str(described["FeatureGroupArn"])


def _associate(sagemaker: Any, source: str, target: str) -> None:  # noqa: ANN401 - boto3's
    try:
        sagemaker.add_association(
            SourceArn=source, DestinationArn=target, AssociationType="ContributedTo"
        )
    except ClientError as error:
        if "already exists" not in error.response["Error"].get("Message", ""):
            raise
