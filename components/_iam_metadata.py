"""What writes down experiments and versions may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components._iam import (
    Statement,
    allow,
    document,
    lend_key,
    read_objects,
    use_key,
    write_objects,
)
from components._iam_functions import Surroundings, surroundings
from components._place import Place
from components._tags import owned


@dataclass(frozen=True, kw_only=True, slots=True)
class RecorderReach:
    """What the recorder reads of a version, and where it writes it down."""

    model_package_group: str
    training_pipeline: str
    tags: Mapping[str, str]
    """Of the stack, which its jobs bear."""
    feature_groups: Sequence[str]
    raw_bucket: str
    reads: str
    """``bucket/prefix`` of manifests and evaluations."""
    data_key_arn: str
    """Customer key of what is read, and of the cards."""
    writes_cards: bool
    tracking_server_arn: str | None


def track(
    place: Place, *, artifacts: str, key_arn: str, registers: bool, model_package_groups: str
) -> str:
    """Allow a tracking server its artifacts (``bucket/prefix``), and the registry where it must."""
    statements: list[Statement] = [
        *read_objects(place, artifacts),
        write_objects(place, artifacts),
        allow("s3:DeleteObject", on=place.s3(f"{artifacts}*")),
        use_key(key_arn),
    ]
    if registers:
        statements.append(
            allow(
                "sagemaker:AddTags",
                "sagemaker:CreateModelPackage",
                "sagemaker:CreateModelPackageGroup",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:UpdateModelPackage",
                on=[
                    place.arn("sagemaker", f"model-package-group/{model_package_groups}*"),
                    place.arn("sagemaker", f"model-package/{model_package_groups}*"),
                ],
            )
        )
    return document(*statements)


def write_down(place: Place, around: Surroundings, reach: RecorderReach) -> str:
    """Allow reading all that led to a version, and writing its card and its run; no version."""
    group = reach.model_package_group
    return document(
        *surroundings(place, around),
        allow(
            "sagemaker:DescribeModelPackage", on=place.arn("sagemaker", f"model-package/{group}/*")
        ),
        allow(
            "sagemaker:DescribePipelineExecution",
            "sagemaker:ListPipelineExecutionSteps",
            "sagemaker:ListPipelineParametersForExecution",
            on=place.arn("sagemaker", f"pipeline/{reach.training_pipeline}/execution/*"),
        ),
        allow(
            "sagemaker:DescribeTrainingJob",
            "sagemaker:DescribeHyperParameterTuningJob",
            "sagemaker:ListTags",
            # Pipelines name their jobs after the execution, not after themselves.
            on=[
                place.arn("sagemaker", f"{kind}/*")
                for kind in ("training-job", "hyper-parameter-tuning-job")
            ],
            when=owned(reach.tags),
        ),
        allow(
            "sagemaker:DescribeFeatureGroup",
            on=[place.arn("sagemaker", f"feature-group/{name}") for name in reach.feature_groups],
        ),
        allow("s3:ListBucketVersions", on=place.s3(reach.raw_bucket)),
        *read_objects(place, reach.reads),
        use_key(reach.data_key_arn),
        *(_cards(place, reach) if reach.writes_cards else ()),
        *(_runs(reach.tracking_server_arn) if reach.tracking_server_arn else ()),
    )


def _cards(place: Place, reach: RecorderReach) -> Sequence[Statement]:
    return (
        allow(
            "sagemaker:AddTags",
            "sagemaker:CreateModelCard",
            "sagemaker:DescribeModelCard",
            "sagemaker:UpdateModelCard",
            on=place.arn("sagemaker", f"model-card/{reach.model_package_group}-v*"),
        ),
        lend_key(reach.data_key_arn),
    )


def _runs(server_arn: str) -> Sequence[Statement]:
    return (
        allow(
            "sagemaker-mlflow:CreateExperiment",
            "sagemaker-mlflow:CreateRun",
            "sagemaker-mlflow:GetExperimentByName",
            "sagemaker-mlflow:LogBatch",
            "sagemaker-mlflow:SearchRuns",
            "sagemaker-mlflow:UpdateRun",
            on=server_arn,
        ),
    )
