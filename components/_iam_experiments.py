"""What data scientists run by hand, and what these jobs may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from components._iam import (
    Condition,
    Statement,
    allow,
    document,
    lend_key,
    read_objects,
    write_job_logs,
)
from components._iam_team import Team, decrypt, encrypt, network, read_features
from components._place import Place

_JOBS: Final = ("processing-job", "training-job")
_TRACKED: Final = ("experiment", "experiment-trial", "experiment-trial-component")


def run_experiments(place: Place, team: Team) -> str:
    """Allow what a scientist's job touches: it reads features and writes below ``experiments/``.

    Registering versions, filling features and other pipelines' artifacts are not in it.
    """
    return document(
        *read_features(place, team),
        *read_objects(place, *scientists_data(team)),
        *_write_experiments(place, team),
        decrypt(*team.data_key_arns),
        lend_key(team.artifacts_key_arn),
        allow(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            # The images are AWS's own, from an account that differs by region.
            on=f"arn:{place.partition}:ecr:{place.region}:*:repository/sagemaker-*",
        ),
        allow("ecr:GetAuthorizationToken", on="*"),  # takes no resource
        write_job_logs(place),
        *network(place, team),
    )


def scientists_data(team: Team) -> Sequence[str]:
    """Return each ``bucket/prefix`` that experiments are made from."""
    return (
        f"{team.raw_bucket}/labels/",
        f"{team.features_bucket}/",
        f"{team.artifacts_bucket}/",
        f"{team.capture_bucket}/",
    )


def start_experiments(place: Place, team: Team) -> Sequence[Statement]:
    """Allow jobs named after the stack, with the experiments' role, key and subnets."""
    jobs = [place.arn("sagemaker", f"{kind}/{team.stack}-*") for kind in _JOBS]
    tracked = [place.arn("sagemaker", f"{kind}/{team.stack}-*") for kind in _TRACKED]
    return (
        allow(
            "sagemaker:CreateProcessingJob",
            "sagemaker:CreateTrainingJob",
            on=jobs,
            when=_private(team),
        ),
        allow("sagemaker:StopProcessingJob", "sagemaker:StopTrainingJob", on=jobs),
        allow(
            "sagemaker:AssociateTrialComponent",
            "sagemaker:BatchPutMetrics",
            "sagemaker:CreateExperiment",
            "sagemaker:CreateTrial",
            "sagemaker:CreateTrialComponent",
            "sagemaker:UpdateTrialComponent",
            on=tracked,
        ),
        allow(
            "sagemaker:AddTags",
            on=[*jobs, *tracked],
            when={"StringLike": {"sagemaker:TaggingAction": "Create*"}},
        ),
        allow(
            "iam:PassRole",
            on=str(team.experiment_role_arn),
            when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        lend_key(team.artifacts_key_arn),
        *_write_experiments(place, team),
        allow(
            "logs:GetLogEvents",
            on=[
                place.arn("logs", f"log-group:/aws/sagemaker/{kind}Jobs:log-stream:{team.stack}-*")
                for kind in ("Processing", "Training")
            ],
        ),
        allow(
            "sagemaker:StartPipelineExecution",
            on=place.arn("sagemaker", f"pipeline/{team.stack}-*-training"),
        ),
        allow(
            "sagemaker:StopPipelineExecution",
            on=place.arn("sagemaker", f"pipeline/{team.stack}-*-training/execution/*"),
        ),
    )


def _write_experiments(place: Place, team: Team) -> Sequence[Statement]:
    return (
        allow(
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            on=place.s3(f"{team.artifacts_bucket}/experiments/*"),
        ),
        encrypt(team.artifacts_key_arn),
    )


def _private(team: Team) -> Condition:
    keys = [team.artifacts_key_arn]
    condition: dict[str, Mapping[str, object]] = {
        "ArnEquals": {"sagemaker:OutputKmsKey": keys},
        # Instances with disks of their own take no key for them.
        "ArnEqualsIfExists": {"sagemaker:VolumeKmsKey": keys},
    }
    if team.subnet_ids:
        condition["ForAllValues:StringEquals"] = {"sagemaker:VpcSubnets": list(team.subnet_ids)}
        condition["Null"] = {"sagemaker:VpcSubnets": "false"}
    return condition
