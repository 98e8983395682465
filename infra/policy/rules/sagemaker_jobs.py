"""Jobs: definitions that monitors run, and what pipelines start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.policy.ask import (
    Holds,
    each,
    every,
    get,
    is_own_key,
    is_set,
    is_true,
    known,
    must,
    one_of,
)
from infra.policy.instances import own_disks
from infra.policy.model import Check, Problem, Resource, Rule, Stack, UndecidedError

DATA_QUALITY: Final = (
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition",
    "aws-native:sagemaker:DataQualityJobDefinition",
)
# Not in pulumi-aws: AWS's Cloud Control API has the other three.
EXPLAINABILITY: Final = ("aws-native:sagemaker:ModelExplainabilityJobDefinition",)
BIAS: Final = ("aws-native:sagemaker:ModelBiasJobDefinition",)
QUALITY: Final = ("aws-native:sagemaker:ModelQualityJobDefinition",)
SCHEDULE: Final = (
    "aws:sagemaker/monitoringSchedule:MonitoringSchedule",
    "aws-native:sagemaker:MonitoringSchedule",
)
PIPELINE: Final = "aws:sagemaker/pipeline:Pipeline"
TRAINING: Final = (
    PIPELINE,
    "aws:sagemaker/trainingJob:TrainingJob",
    "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob",
)
ISOLATED: Final = "networkConfig.enableNetworkIsolation"
ENCRYPTED: Final = "networkConfig.enableInterContainerTrafficEncryption"


def _scheduled(path: str) -> Check:
    """Return a check of what a schedule runs, be it written there or defined beside it."""

    def check(one: Resource, stack: Stack) -> Iterator[Problem]:
        config = get(one.props, "monitoringScheduleConfig")
        inline = get(config, "monitoringJobDefinition")
        if is_set(inline):
            if not is_true(get(inline, path)):
                yield Problem(
                    what=f"monitoringJobDefinition.{path} must be true", found=get(inline, path)
                )
            return
        named = get(config, "monitoringJobDefinitionName")
        kinds = (*DATA_QUALITY, *EXPLAINABILITY, *BIAS, *QUALITY)
        found = stack.taken_from(one, "monitoringScheduleConfig", *kinds) or [
            other
            for other in stack.of_type(*kinds)
            if isinstance(named, str)
            and named in map(known, map(other.props.get, ("name", "jobDefinitionName")))
        ]
        if not found:
            known(named)
            yield Problem(what="the job definition must stand in this stack, to be looked at")
        for other in found:
            if not is_true(get(other.props, path)):
                yield Problem(
                    what=f"{path} must be true", found=get(other.props, path), at=other.name
                )

    return check


def _several_hosts_encrypt(one: Resource, _: Stack) -> Iterator[Problem]:
    count = get(one.props, "jobResources.clusterConfig.instanceCount")
    if not one_of(None, 0, 1)(count) and not is_true(get(one.props, ENCRYPTED)):
        yield Problem(
            what=f"{ENCRYPTED} must be true with {count} instances", found=get(one.props, ENCRYPTED)
        )


def steps(definition: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every step of a pipeline definition, those within conditions too."""
    for step in each(get(definition, "Steps")):
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from steps({"Steps": get(step, f"Arguments.{branch}")})


def trainings(one: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and arguments of each training that a resource starts, in the API's words.

    Raises:
        UndecidedError: the definition is not known yet.
    """
    if one.type != PIPELINE:
        inner = [
            *each(get(one.props, "trainingJobDefinition")),
            *each(get(one.props, "trainingJobDefinitions")),
        ]
        for job in inner or [one.props]:
            yield str(get(job, "definitionName") or ""), _as_api(job)
        return
    if is_set(get(one.props, "pipelineDefinitionS3Location")):
        raise UndecidedError("a definition that lies in S3")
    for step in steps(one.document("pipelineDefinition")):
        arguments = get(step, "Arguments")
        if step.get("Type") == "Training":
            yield str(step.get("Name")), arguments
        elif step.get("Type") == "Tuning":
            several = get(arguments, "TrainingJobDefinitions")
            for job in each(several or get(arguments, "TrainingJobDefinition")):
                yield str(step.get("Name")), job


def _as_api(value: Any) -> Any:
    """Return Pulumi's properties under the API's names, which begin with a capital."""
    if isinstance(value, Mapping):
        return {f"{key[:1].upper()}{key[1:]}": _as_api(inner) for key, inner in value.items()}
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def _each_training(path: str, holds: Holds, rule: str) -> Check:
    """Return a check of one argument of every training."""

    def check(training: tuple[str, Mapping[str, Any]]) -> Iterator[Problem]:
        name, arguments = training
        if not holds(get(arguments, path)):
            yield Problem(what=f"{path} must be {rule}", found=get(arguments, path), at=name)

    return lambda one, _: every(trainings(one), check)


def _encrypted_at_rest(one: Resource, _: Stack) -> Iterator[Problem]:
    return every(trainings(one), _has_keys)


def _has_keys(training: tuple[str, Mapping[str, Any]]) -> Iterator[Problem]:
    name, arguments = training
    disks = get(arguments, "ResourceConfig") or get(arguments, "HyperParameterTuningResourceConfig")
    keys = {"OutputDataConfig.KmsKeyId": get(arguments, "OutputDataConfig.KmsKeyId")}
    if not own_disks(known(get(disks, "InstanceType"))):
        keys["ResourceConfig.VolumeKmsKeyId"] = get(disks, "VolumeKmsKeyId")
    for path, key in keys.items():
        if not is_own_key(key):
            yield Problem(what=f"{path} must be a customer key", found=key, at=name)


def _definition(identifier: str, types: tuple[str, ...], title: str, path: str, *also: str) -> Rule:
    return Rule(
        id=identifier,
        title=title,
        types=types,
        check=must(path, is_true, "true"),
        remedy=f"Set {path.rpartition('.')[2]}, for which the definition is made anew",
        also=also,
    )


RULES: Final = (
    _definition(
        "SageMaker.9",
        DATA_QUALITY,
        "Data quality jobs encrypt traffic between their containers",
        ENCRYPTED,
        "sagemaker-data-quality-job-encrypt-in-transit",
        "CKV_AWS_369",
    ),
    _definition(
        "SageMaker.10",
        EXPLAINABILITY,
        "Explainability jobs encrypt traffic between their containers",
        ENCRYPTED,
        "sagemaker-model-explainability-job-encrypt-in-transit",
    ),
    _definition(
        "SageMaker.11",
        DATA_QUALITY,
        "Data quality jobs run in network isolation",
        ISOLATED,
        "sagemaker-data-quality-job-isolation",
    ),
    _definition(
        "SageMaker.12",
        BIAS,
        "Bias jobs run in network isolation",
        ISOLATED,
        "sagemaker-model-bias-job-isolation",
    ),
    _definition(
        "SageMaker.13",
        QUALITY,
        "Model quality jobs encrypt traffic between their containers",
        ENCRYPTED,
        "sagemaker-model-quality-job-encrypt-in-transit",
    ),
    Rule(
        id="SageMaker.14",
        title="Monitoring schedules run in network isolation",
        types=SCHEDULE,
        check=_scheduled(ISOLATED),
        remedy="Set enableNetworkIsolation of what the schedule runs",
        also=("sagemaker-monitoring-schedule-isolation",),
        beside=True,
    ),
    Rule(
        id="SageMaker.15",
        title="Bias jobs on several instances encrypt traffic between their containers",
        types=BIAS,
        check=_several_hosts_encrypt,
        remedy="Set enableInterContainerTrafficEncryption",
        also=("sagemaker-model-bias-job-encrypt-in-transit",),
    ),
    _definition(
        "SageMaker.20",
        EXPLAINABILITY,
        "Explainability jobs run in network isolation",
        ISOLATED,
        "sagemaker-model-explainability-job-network-isolation",
    ),
    Rule(
        id="SageMaker.22",
        title="Monitoring schedules encrypt traffic between their containers",
        types=SCHEDULE,
        check=_scheduled(ENCRYPTED),
        remedy="Set enableInterContainerTrafficEncryption of what the schedule runs",
        also=("sagemaker-monitoring-schedule-traffic-encryption",),
        beside=True,
    ),
    _definition(
        "SageMaker.25",
        QUALITY,
        "Model quality jobs run in network isolation",
        ISOLATED,
        "sagemaker-model-quality-job-definition-isolation",
    ),
    Rule(
        id="CKV_AWS_367",
        title="Results of data quality jobs are encrypted with a customer key",
        types=DATA_QUALITY,
        check=must("dataQualityJobOutputConfig.kmsKeyId", is_own_key, "a customer key"),
        remedy="Give dataQualityJobOutputConfig a kmsKeyId",
    ),
    Rule(
        id="CKV_AWS_368",
        title="Disks of data quality jobs are encrypted with a customer key",
        types=DATA_QUALITY,
        check=must("jobResources.clusterConfig.volumeKmsKeyId", is_own_key, "a customer key"),
        remedy="Give clusterConfig a volumeKmsKeyId",
    ),
    Rule(
        id="sagemaker_training_jobs_intercontainer_encryption_enabled",
        title="Trainings encrypt traffic between their containers",
        types=TRAINING,
        check=_each_training("EnableInterContainerTrafficEncryption", is_true, "true"),
        remedy="Set EnableInterContainerTrafficEncryption in the step's arguments",
    ),
    Rule(
        id="sagemaker_training_jobs_network_isolation_enabled",
        title="Trainings run in network isolation",
        types=TRAINING,
        check=_each_training("EnableNetworkIsolation", is_true, "true"),
        remedy="Set EnableNetworkIsolation in the step's arguments",
    ),
    Rule(
        id="sagemaker_training_jobs_volume_and_output_encryption_enabled",
        title="Disks and results of trainings are encrypted with a customer key",
        types=TRAINING,
        check=_encrypted_at_rest,
        remedy="Give OutputDataConfig a KmsKeyId and ResourceConfig a VolumeKmsKeyId",
    ),
    Rule(
        id="sagemaker_training_jobs_vpc_settings_configured",
        title="Trainings run in a network of one's own",
        types=TRAINING,
        check=_each_training("VpcConfig.Subnets", is_set, "subnets of the stack's network"),
        remedy="Give the stack a network: its vpc, or its subnet_ids",
    ),
)
