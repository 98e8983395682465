"""What pipelines may do, and who may start them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components._iam import (
    Statement,
    allow,
    document,
    join_network,
    lend_key,
    read_objects,
    use_key,
    write_job_logs,
    write_objects,
)
from components._place import Place
from components._tags import created, owned, tagged_at_once


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """What the steps of one pipeline touch; everything else is refused."""

    reads: Sequence[str]
    """``bucket/prefix`` of objects."""
    writes: Sequence[str]
    """``bucket/prefix`` of objects."""
    tags: Mapping[str, str]
    """Of the stack, which the jobs bear."""
    read_key_arns: Sequence[str] = ()
    """Customer keys of what is read under another key than the pipeline's own."""
    feature_key_arn: str | None = None
    """Customer key of the groups that are filled."""
    image_repository_arns: Sequence[str] = ()
    """Repositories that images are pulled from, beside AWS's own."""
    feature_groups: Sequence[str] = ()
    """Names of the groups whose description is read."""
    fills_feature_groups: bool = False
    trains: bool = False
    """Starts training and tuning jobs."""
    model_package_group: str | None = None
    """Name of the group whose versions are read."""
    registers: bool = False
    """Adds versions to the group."""
    endpoint_name: str | None = None
    """Endpoint whose description is read, to find the live version."""
    model_name_prefix: str | None = None
    """What the names of that endpoint's models and configurations start with."""
    transform_prefix: str | None = None
    """What the names of its transform jobs, and of the models made for them, start with."""
    metric_namespace: str | None = None
    """CloudWatch namespace that metrics are published in."""
    joins_network: bool = False


def run(place: Place, *, role_arn: str, key_arn: str, pipeline_name: str, reach: Reach) -> str:
    """Allow the pipeline to run its jobs, and the jobs to do their work: SageMaker has one role."""
    return document(
        *_jobs(place, role_arn=role_arn, reach=reach),
        *read_objects(place, *reach.reads),
        write_objects(place, *reach.writes),
        use_key(key_arn),
        lend_key(key_arn),
        *((allow("kms:Decrypt", on=list(reach.read_key_arns)),) if reach.read_key_arns else ()),
        *_feature_groups(place, reach),
        *_registry(place, reach),
        *_transforms(place, reach),
        *_measurements(place, reach),
        *_lineage(place),
        *_experiments(place, pipeline_name),
        allow(
            "sagemaker:DescribePipelineExecution",
            "sagemaker:ListPipelineExecutionSteps",
            on=place.arn("sagemaker", f"pipeline/{pipeline_name}/execution/*"),
        ),
        *(join_network(place) if reach.joins_network else ()),
    )


def start(pipeline_arn: str, *, dead_letters_arn: str | None = None, key_arn: str = "") -> str:
    """Allow starting one pipeline, and leaving word of a start that failed."""
    statements = [allow("sagemaker:StartPipelineExecution", on=pipeline_arn)]
    if dead_letters_arn is not None:
        statements += [
            allow("sqs:SendMessage", on=dead_letters_arn),
            allow("kms:Decrypt", "kms:GenerateDataKey", on=key_arn),
        ]
    return document(*statements)


def _jobs(place: Place, *, role_arn: str, reach: Reach) -> Sequence[Statement]:
    kinds = {"processing-job": "ProcessingJob"}
    if reach.trains:
        kinds |= {
            "training-job": "TrainingJob",
            "hyper-parameter-tuning-job": "HyperParameterTuningJob",
        }
    # Pipelines name their jobs after the execution, hyperparameter tuning its trials after the
    # search: no pattern comes nearer than the account's jobs. Their tags say whose they are.
    jobs = [place.arn("sagemaker", f"{resource}/*") for resource in kinds]
    return (
        allow(
            *(f"sagemaker:Create{kind}" for kind in kinds.values()),
            on=jobs,
            when=created(reach.tags),
        ),
        allow(
            *(f"sagemaker:Describe{kind}" for kind in kinds.values()),
            *(f"sagemaker:Stop{kind}" for kind in kinds.values()),
            on=jobs,
            when=owned(reach.tags),
        ),
        allow("sagemaker:AddTags", on=jobs, when=tagged_at_once(reach.tags)),
        allow(
            "iam:PassRole",
            on=role_arn,
            when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        allow(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            on=[
                # AWS's own images are in an account that differs by region.
                f"arn:{place.partition}:ecr:{place.region}:*:repository/sagemaker-*",
                *reach.image_repository_arns,
            ],
        ),
        allow("ecr:GetAuthorizationToken", on="*"),  # takes no resource
        write_job_logs(place),
    )


def _feature_groups(place: Place, reach: Reach) -> Sequence[Statement]:
    if not reach.feature_groups:
        return ()
    actions = ["sagemaker:DescribeFeatureGroup"]
    if reach.fills_feature_groups:
        actions += ["sagemaker:PutRecord", "sagemaker:BatchWriteRecord"]
    groups = [place.arn("sagemaker", f"feature-group/{name}") for name in reach.feature_groups]
    keys = () if reach.feature_key_arn is None else (use_key(reach.feature_key_arn),)
    return (allow(*actions, on=groups), *keys)


def _registry(place: Place, reach: Reach) -> Sequence[Statement]:
    if reach.model_package_group is None:
        return ()
    actions = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
    if reach.registers:
        actions += ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackageGroup"]
    group = reach.model_package_group
    return (
        allow(
            *actions,
            on=[
                place.arn("sagemaker", f"model-package-group/{group}"),
                place.arn("sagemaker", f"model-package/{group}/*"),
            ],
        ),
    )


def _transforms(place: Place, reach: Reach) -> Sequence[Statement]:
    """Allow transform jobs by models that the pipeline makes and deletes; both act as its role."""
    prefix = reach.transform_prefix
    if prefix is None:
        return ()
    return (
        allow(
            "sagemaker:CreateTransformJob",
            "sagemaker:DescribeTransformJob",
            "sagemaker:StopTransformJob",
            "sagemaker:AddTags",
            on=place.arn("sagemaker", f"transform-job/{prefix}-*"),
        ),
        allow(
            "sagemaker:CreateModel",
            "sagemaker:DescribeModel",
            "sagemaker:DeleteModel",
            "sagemaker:AddTags",
            on=place.arn("sagemaker", f"model/{prefix}-*"),
        ),
    )


def _lineage(place: Place) -> Sequence[Statement]:
    return (
        allow(
            "sagemaker:AddAssociation",
            "sagemaker:CreateArtifact",
            on=place.arn("sagemaker", "artifact/*"),  # AWS names artifacts by a hash
        ),
        allow("sagemaker:ListArtifacts", on="*"),  # takes no resource
    )


def _experiments(place: Place, pipeline_name: str) -> Sequence[Statement]:
    return (
        allow(
            "sagemaker:CreateExperiment", on=place.arn("sagemaker", f"experiment/{pipeline_name}")
        ),
        allow(
            "sagemaker:AssociateTrialComponent",
            "sagemaker:CreateTrial",
            # Trials are named by pipeline and execution; SageMaker names components by the job.
            on=[
                place.arn("sagemaker", f"experiment-trial/{pipeline_name}-*"),
                place.arn("sagemaker", "experiment-trial-component/pipelines-*"),
            ],
        ),
    )


def _measurements(place: Place, reach: Reach) -> Sequence[Statement]:
    statements: list[Statement] = []
    if reach.endpoint_name is not None:
        endpoint = place.arn("sagemaker", f"endpoint/{reach.endpoint_name}")
        statements.append(allow("sagemaker:DescribeEndpoint", on=endpoint))
    if reach.model_name_prefix is not None:
        prefix = reach.model_name_prefix
        statements.append(
            allow(
                "sagemaker:DescribeEndpointConfig",
                "sagemaker:DescribeModel",
                on=[
                    place.arn("sagemaker", f"endpoint-config/{prefix}*"),
                    place.arn("sagemaker", f"model/{prefix}*"),
                ],
                when=owned(reach.tags),  # another stack may have a use case of this name
            )
        )
    if reach.metric_namespace is not None:
        statements.append(
            allow(
                "cloudwatch:PutMetricData",
                on="*",  # takes no resource; the namespace narrows it
                when={"StringEquals": {"cloudwatch:namespace": reach.metric_namespace}},
            )
        )
    return statements
