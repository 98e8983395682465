"""The jobs of pipeline steps, as the requests that SageMaker's API takes.

Requests are written out instead of being taken from the SDK's job classes: those upload code under
random names and stamp times into it, leave out what they have no argument for (keys, isolation),
and defeat the byte-identical definition that an unchanged tree must give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.compiled import TAG_KEYS, network_tokens
from pipelines.settings import BuildSettings

CODE = "/opt/ml/processing/input/code"
DATA = "/opt/ml/processing"
CHECKPOINTS = "/opt/ml/checkpoints"
BUCKET = "s3://${artifacts_bucket}"
KEY = "${kms_key_arn}"
ROLE = "${role_arn}"
TAGS = tuple({"Key": key, "Value": f"${{tag_{key}}}"} for key in TAG_KEYS)
"""Of all that a pipeline makes: the role may act on what carries these, and a budget counts it."""
PROCESSING_SECONDS = 3600
"""No step needs an hour; one that hangs is ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """Step code, named by its content."""

    steps: str
    """Key of the archive that processing steps run."""
    source: str
    """Key of the archive for script mode."""
    library: str
    """Key of the step code under a name that Spark takes for a library."""
    program: str
    """Key of the program that ``spark-submit`` runs."""
    files: tuple[tuple[str, str], ...]
    """Key and SHA-256 of each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """What a step reads: ``path`` is a folder's name below ``/opt/ml/processing/input``."""

    path: str
    uri: Any
    """An S3 URI or a reference to another step's output."""


def processing(  # noqa: PLR0913 - what the steps differ in
    settings: BuildSettings,
    code: Code,
    image: str,
    step: str,
    *,
    arguments: Sequence[Any],
    inputs: Sequence[Input],
    outputs: Mapping[str, Any],
    isolated: bool,
) -> dict[str, Any]:
    """Return a processing job; ``outputs`` maps folders below ``/opt/ml/processing`` to S3 URIs.

    ``isolated`` gives the container no network at all: for steps that call no AWS API.
    """
    code_input = Input(path="code", uri=f"{BUCKET}/{code.steps}")
    network: dict[str, Any] = {"EnableInterContainerTrafficEncryption": True}
    network["EnableNetworkIsolation"] = isolated
    if vpc := vpc_config(settings):
        network["VpcConfig"] = vpc
    return {
        "RoleArn": ROLE,
        "AppSpecification": {
            "ImageUri": image,
            "ContainerEntrypoint": ["python3", f"{CODE}/steps.pyz", step],
            **({"ContainerArguments": list(arguments)} if arguments else {}),  # none: no member
        },
        "Environment": {"PYTHONUNBUFFERED": "1", "AWS_DEFAULT_REGION": settings.region},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": settings.processing_instance_type,
                "InstanceCount": 1,
                "VolumeSizeInGB": settings.processing_volume_gib,
                # Disks of the instance itself are encrypted by their hardware and take no key.
                **({} if settings.processing_local_storage else {"VolumeKmsKeyId": KEY}),
            }
        },
        "ProcessingInputs": [_input(one) for one in (code_input, *inputs)],
        "ProcessingOutputConfig": {
            "KmsKeyId": KEY,
            "Outputs": [
                {
                    "OutputName": name.replace("/", "-"),
                    "AppManaged": False,
                    "S3Output": {
                        "S3Uri": uri,
                        "LocalPath": f"{DATA}/{name}",
                        "S3UploadMode": "EndOfJob",
                    },
                }
                for name, uri in outputs.items()
            ],
        },
        "NetworkConfig": network,
        "StoppingCondition": {"MaxRuntimeInSeconds": PROCESSING_SECONDS},
    }


def _input(one: Input) -> dict[str, Any]:
    return {
        "InputName": one.path.replace("/", "-"),
        "AppManaged": False,
        "S3Input": {
            "S3Uri": one.uri,
            "LocalPath": f"{DATA}/input/{one.path}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def training(  # noqa: PLR0913 - what trainings differ in
    settings: BuildSettings,
    image: str,
    *,
    channels: Mapping[str, Any],
    isolated: bool,
    output: Any,  # noqa: ANN401 - an S3 URI with the execution's id in it
    checkpoints: Any,  # noqa: ANN401 - another
) -> dict[str, Any]:
    """Return what a training job and a trial of the tuner have in common: all but hyperparameters.

    ``isolated`` gives the container no network but that between its hosts: its code must come
    through a channel, as the data. ``checkpoints`` is where SageMaker mirrors
    ``/opt/ml/checkpoints``, and fills it from when the job begins anew.
    """
    wait = {"MaxRuntimeInSeconds": settings.max_training_seconds}
    if settings.training_use_spot:
        wait["MaxWaitTimeInSeconds"] = (
            settings.max_training_wait_seconds or 2 * settings.max_training_seconds
        )
    request: dict[str, Any] = {
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "InputDataConfig": [
            {
                "ChannelName": name,
                "InputMode": "File",
                "CompressionType": "None",
                "DataSource": {
                    "S3DataSource": {
                        "S3Uri": uri,
                        "S3DataType": "S3Prefix",
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
            }
            for name, uri in channels.items()
        ],
        "OutputDataConfig": {"S3OutputPath": output, "KmsKeyId": KEY},
        "ResourceConfig": _cluster(settings),
        "StoppingCondition": wait,
        "EnableManagedSpotTraining": settings.training_use_spot,
        "EnableNetworkIsolation": isolated,
        "EnableInterContainerTrafficEncryption": True,
    }
    if settings.training_checkpoints:
        request["CheckpointConfig"] = {"S3Uri": checkpoints, "LocalPath": CHECKPOINTS}
    if vpc := vpc_config(settings):
        request["VpcConfig"] = vpc
    return request


def _cluster(settings: BuildSettings) -> dict[str, Any]:
    """Return the instances of a training job.

    A volume has size and key; disks of the instance itself have a fixed size, are encrypted by
    their hardware, and SageMaker refuses a key for them.
    """
    volume = settings.training_volume_gib
    keep = settings.training_keep_alive_seconds
    return {
        "InstanceType": settings.training_instance_type,
        "InstanceCount": settings.training_instance_count,
        **({} if volume is None else {"VolumeSizeInGB": volume, "VolumeKmsKeyId": KEY}),
        **({"KeepAlivePeriodInSeconds": keep} if keep else {}),
    }


def model(settings: BuildSettings, name: str, package: Any) -> dict[str, Any]:  # noqa: ANN401 - an ARN or a reference to one
    """Return a model of a registered version, as whose role the pipeline reads and writes.

    Pipelines make of ``name`` a prefix; left out, the name would begin as any other pipeline's.
    """
    request: dict[str, Any] = {
        "ModelName": name,
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"ModelPackageName": package},
        "EnableNetworkIsolation": True,
    }
    if vpc := vpc_config(settings):
        request["VpcConfig"] = vpc
    return request


def transform(
    settings: BuildSettings,
    name: str,
    model_name: Any,  # noqa: ANN401 - a reference
    *,
    source: Any,  # noqa: ANN401 - an S3 URI with the execution's id in it
    target: Any,  # noqa: ANN401 - another
) -> dict[str, Any]:
    """Return a transform job on files of lines, each of which the model answers by a line.

    A line carries its key and the answer repeats it, so nothing is joined or filtered. One file
    goes to one instance: there should be as many files as instances, or more.
    """
    return {
        "TransformJobName": name,
        "ModelName": model_name,
        "BatchStrategy": {"multi_record": "MultiRecord", "single_record": "SingleRecord"}[
            settings.batch_strategy
        ],
        "MaxPayloadInMB": settings.batch_max_payload_mb,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
            "ContentType": "text/csv",
            "SplitType": "Line",
            "CompressionType": "None",
        },
        "TransformOutput": {
            "S3OutputPath": target,
            "Accept": "text/csv",
            "AssembleWith": "Line",
            "KmsKeyId": KEY,
        },
        "TransformResources": {
            "InstanceType": settings.batch_instance_type,
            "InstanceCount": settings.batch_instance_count,
            **({} if settings.batch_local_storage else {"VolumeKmsKeyId": KEY}),
        },
    }


def script_mode(code: Code, program: str) -> dict[str, str]:
    """Return the hyperparameters that make a framework image fetch and run a script."""
    return {
        "sagemaker_program": program,
        "sagemaker_submit_directory": f"{BUCKET}/{code.source}",
    }


def vpc_config(settings: BuildSettings) -> dict[str, list[str]] | None:
    """Return the subnets and security groups of a job; ``None`` outside a VPC."""
    if not settings.subnet_count:
        return None
    subnets, security_groups = network_tokens(
        subnet_count=settings.subnet_count, security_group_count=settings.security_group_count
    )
    return {
        "Subnets": [f"${{{token}}}" for token in subnets],
        "SecurityGroupIds": [f"${{{token}}}" for token in security_groups],
    }
