"""What is recorded by hand and by itself, and walking from an endpoint back to its data."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sagemaker.models import sagemaker_backends

from infra.emulator.jobs.job import PROCESSING, TRAINING, Job, Kind
from infra.emulator.server import Emulator

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
EXECUTION = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/training/execution/abcdefghij12"


def chain(sagemaker: Any, *names: str) -> list[str]:
    """Create artifacts, each contributing to the next."""
    arns = [
        sagemaker.create_artifact(
            ArtifactName=name, Source={"SourceUri": f"s3://b/{name}"}, ArtifactType="DataSet"
        )["ArtifactArn"]
        for name in names
    ]
    for source, destination in pairwise(arns):
        sagemaker.add_association(
            SourceArn=source, DestinationArn=destination, AssociationType="ContributedTo"
        )
    return arns


def reached(sagemaker: Any, start: str, direction: str, **more: Any) -> list[str]:
    answer = sagemaker.query_lineage(StartArns=[start], Direction=direction, **more)
    return [vertex["Arn"] for vertex in answer["Vertices"]]


def test_a_walk_follows_its_direction_and_depth(sagemaker: Any) -> None:
    a, b, c, d = chain(sagemaker, "a", "b", "c", "d")
    assert reached(sagemaker, b, "Ascendants") == [a]
    assert reached(sagemaker, b, "Descendants") == [c, d]
    assert reached(sagemaker, b, "Descendants", MaxDepth=1) == [c]
    assert sorted(reached(sagemaker, b, "Both")) == sorted([a, c, d])


def test_edges_come_with_the_vertices_unless_not_wanted(sagemaker: Any) -> None:
    e, f = chain(sagemaker, "e", "f")
    answer = sagemaker.query_lineage(StartArns=[e], Direction="Descendants")
    assert answer["Edges"] == [
        {"SourceArn": e, "DestinationArn": f, "AssociationType": "ContributedTo"}
    ]
    bare = sagemaker.query_lineage(StartArns=[e], Direction="Descendants", IncludeEdges=False)
    assert "Edges" not in bare


def test_filters_choose_what_is_returned_not_where_the_walk_goes(sagemaker: Any) -> None:
    g, _, i = chain(sagemaker, "g", "h", "i")
    sagemaker.update_artifact(ArtifactArn=i, Properties={"kind": "far"})
    filters = {"Properties": {"kind": "far"}}
    assert reached(sagemaker, g, "Descendants", Filters=filters) == [i]


def test_what_does_not_exist_is_not_found(sagemaker: Any) -> None:
    (known,) = chain(sagemaker, "known")
    unknown = "arn:aws:sagemaker:us-east-1:123456789012:artifact/none"
    with pytest.raises(ClientError) as refused:
        sagemaker.add_association(SourceArn=known, DestinationArn=unknown)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.query_lineage(StartArns=[unknown])


def test_an_entity_is_deleted_after_its_associations(sagemaker: Any) -> None:
    j, k = chain(sagemaker, "j", "k")
    with pytest.raises(ClientError, match="has associations"):
        sagemaker.delete_artifact(ArtifactArn=j)
    sagemaker.delete_association(SourceArn=j, DestinationArn=k)
    sagemaker.delete_artifact(ArtifactArn=j)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.describe_artifact(ArtifactArn=j)
    assert sagemaker.list_associations(SourceArn=j)["AssociationSummaries"] == []


def test_actions_and_contexts_are_kept_by_name(sagemaker: Any) -> None:
    sagemaker.create_action(
        ActionName="deploy", Source={"SourceUri": "u"}, ActionType="Deploy", Status="InProgress"
    )
    sagemaker.update_action(ActionName="deploy", Status="Completed", Properties={"by": "ci"})
    found = sagemaker.describe_action(ActionName="deploy")
    assert (found["Status"], found["Properties"]) == ("Completed", {"by": "ci"})
    sagemaker.create_context(
        ContextName="place", Source={"SourceUri": "u"}, ContextType="Place", Description="d"
    )
    assert sagemaker.describe_context(ContextName="place")["Description"] == "d"
    with pytest.raises(ClientError, match="already exists"):
        sagemaker.create_context(
            ContextName="place", Source={"SourceUri": "u"}, ContextType="Place"
        )
    listed = sagemaker.list_contexts(ContextType="Place")["ContextSummaries"]
    assert [row["ContextName"] for row in listed] == ["place"]


def job(emulator: Emulator, kind: Kind, name: str, **request: Any) -> None:
    """Let the emulator hold a completed job."""
    now = emulator.context.clock.now()
    backend: Any = sagemaker_backends[emulator.context.account_id]["us-east-1"]
    jobs = getattr(backend, kind.resource.replace("-", "_") + "s")
    jobs[name] = Job(
        kind=kind,
        name=name,
        arn=f"arn:aws:sagemaker:us-east-1:123456789012:{kind.resource}/{name}",
        region="us-east-1",
        request={kind.name_key: name, **request},
        created=now,
        tags=[],
        status="Completed",
    )


def test_an_endpoint_leads_back_to_data_code_and_execution(
    emulator: Emulator, sagemaker: Any
) -> None:
    backend: Any = sagemaker_backends[emulator.context.account_id]["us-east-1"]
    backend.pipelines["training"] = SimpleNamespace(
        arn="arn:aws:sagemaker:us-east-1:123456789012:pipeline/training",
        tags=[],
        pipeline_executions={EXECUTION: SimpleNamespace(arn=EXECUTION, tags=[])},
    )
    job(
        emulator,
        PROCESSING,
        "pipelines-abcdefghij12-Split-1",
        AppSpecification={"ImageUri": IMAGE},
        ProcessingInputs=[
            {"InputName": "rows", "S3Input": {"S3Uri": "s3://raw/flights"}},
            {"InputName": "code", "S3Input": {"S3Uri": "s3://code/abc/split.py"}},
        ],
        ProcessingOutputConfig={
            "Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://work/split/"}}]
        },
    )
    training_input = {"S3DataSource": {"S3Uri": "s3://work/split/train.csv"}}
    job(
        emulator,
        TRAINING,
        "pipelines-abcdefghij12-Train-2",
        AlgorithmSpecification={"TrainingImage": IMAGE},
        InputDataConfig=[{"ChannelName": "train", "DataSource": training_input}],
        ModelArtifacts={"S3ModelArtifacts": "s3://work/model.tar.gz"},
    )
    sagemaker.create_model_package_group(ModelPackageGroupName="flights")
    package = sagemaker.create_model_package(
        ModelPackageGroupName="flights",
        ModelApprovalStatus="Approved",
        MetadataProperties={"CommitId": "c0ffee", "GeneratedBy": EXECUTION},
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://work/model.tar.gz"}]
        },
    )["ModelPackageArn"]
    model = SimpleNamespace(
        arn="arn:aws:sagemaker:us-east-1:123456789012:model/m",
        primary_container={"ModelPackageName": package},
        containers=[],
        tags=[],
    )
    backend._models["m"] = model
    config = SimpleNamespace(
        endpoint_config_name="c",
        arn="arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/c",
        production_variants=[{"ModelName": "m"}],
    )
    endpoint = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/live"
    backend.endpoints["live"] = SimpleNamespace(
        arn=endpoint,
        endpoint_name="live",
        fleet=SimpleNamespace(config=config),
        tags=[],
        stop=lambda *, drain: drain,
    )

    (context,) = sagemaker.list_contexts(SourceUri=endpoint)["ContextSummaries"]
    answer = sagemaker.query_lineage(
        StartArns=[context["ContextArn"]], Direction="Ascendants", MaxDepth=10
    )
    names = {describe(sagemaker, vertex) for vertex in answer["Vertices"]}
    assert {
        ("ModelDeployment", "live-c-deployment"),
        ("SageMakerModel", "m"),
        ("ModelPackage", "1"),
        ("Model", "model.tar.gz"),
        ("SageMakerTrainingJob", "pipelines-abcdefghij12-train-2-aws-training-job"),
        ("DataSet", "train.csv"),
        ("SageMakerProcessingJob", "pipelines-abcdefghij12-split-1-aws-processing-job"),
        ("DataSet", "flights"),
        ("Code", "split.py"),
        ("PipelineExecution", "training-abcdefghij12-pipeline-execution"),
    } <= names
    (found,) = sagemaker.list_artifacts(SourceUri=package)["ArtifactSummaries"]
    described = sagemaker.describe_artifact(ArtifactArn=found["ArtifactArn"])
    assert described["MetadataProperties"]["CommitId"] == "c0ffee"
    before = len(sagemaker.list_associations(MaxResults=100)["AssociationSummaries"])
    emulator.settle()
    assert len(sagemaker.list_associations(MaxResults=100)["AssociationSummaries"]) == before


def describe(sagemaker: Any, vertex: dict[str, str]) -> tuple[str, str]:
    """Return type and name of a vertex."""
    kind, arn = vertex["LineageType"], vertex["Arn"]
    if kind == "Artifact":
        return vertex["Type"], sagemaker.describe_artifact(ArtifactArn=arn)["ArtifactName"]
    return vertex["Type"], arn.rsplit("/", 1)[-1]
