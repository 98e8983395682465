"""Models, endpoints and feature groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from infra.policy.ask import (
    each,
    every,
    get,
    is_own_key,
    is_set,
    is_true,
    known,
    must,
    must_each,
    one_of,
)
from infra.policy.instances import own_disks
from infra.policy.model import STACK, Problem, Resource, Rule, Stack

MODEL: Final = ("aws:sagemaker/model:Model",)
CONFIGURATION: Final = ("aws:sagemaker/endpointConfiguration:EndpointConfiguration",)
ENDPOINT: Final = "aws:sagemaker/endpoint:Endpoint"
GROUP: Final = (
    "aws:sagemaker/featureGroup:FeatureGroup",
    "aws-native:sagemaker:FeatureGroup",
)
EXPERIMENT: Final = ("aws-native:sagemaker:InferenceExperiment",)
"""Not in pulumi-aws: AWS's Cloud Control API has it."""


def _survives_an_instance(one: Resource, _: Stack) -> Iterator[Problem]:
    return every(each(get(one.props, "productionVariants")), _has_two)


def _has_two(variant: Any) -> Iterator[Problem]:
    if is_set(get(variant, "serverlessConfig")):
        return
    for path in ("initialInstanceCount", "managedInstanceScaling.minInstanceCount"):
        count = get(variant, path)
        if path == "initialInstanceCount" and count is None:
            count = 1  # what AWS takes where nothing is said
        if count is not None and known(count) < 2:  # noqa: PLR2004 - one may fail
            yield Problem(
                what=f"{path} must be at least 2",
                found=count,
                at=str(get(variant, "variantName") or ""),
            )


def _disks_have_a_key(one: Resource, _: Stack) -> Iterator[Problem]:
    variants = [
        *each(get(one.props, "productionVariants")),
        *each(get(one.props, "shadowProductionVariants")),
    ]
    if variants and all(
        is_set(get(variant, "serverlessConfig")) or own_disks(known(get(variant, "instanceType")))
        for variant in variants
    ):
        return  # no disk that SageMaker takes a key for
    if not is_own_key(get(one.props, "kmsKeyArn")):
        yield Problem(what="kmsKeyArn must be a customer key")


def _online_store_has_a_key(one: Resource, _: Stack) -> Iterator[Problem]:
    store = get(one.props, "onlineStoreConfig")
    if is_true(get(store, "enableOnlineStore")) and one_of(None, "", "Standard")(
        get(store, "storageType")
    ):
        key = get(store, "securityConfig.kmsKeyId")
        if not is_own_key(key):
            yield Problem(
                what="onlineStoreConfig.securityConfig.kmsKeyId must be a customer key", found=key
            )


def _monitored(_: Resource, stack: Stack) -> Iterator[Problem]:
    monitors = "aws:sagemaker/monitoringSchedule:MonitoringSchedule"
    if stack.of_type(ENDPOINT) and not stack.of_type(monitors):
        yield Problem(what="a stack with endpoints must have a monitoring schedule")


def _explained(_: Resource, stack: Stack) -> Iterator[Problem]:
    pipelines = stack.of_type("aws:sagemaker/pipeline:Pipeline")
    clarify = ("ClarifyCheck", "sagemaker-clarify")
    if pipelines and not any(
        word in str(known(one.props.get("pipelineDefinition")))
        for one in pipelines
        for word in clarify
    ):
        yield Problem(what="a pipeline must have a Clarify job")


def _registered(_: Resource, stack: Stack) -> Iterator[Problem]:
    groups = "aws:sagemaker/modelPackageGroup:ModelPackageGroup"
    if stack.of_type(*MODEL) and not stack.of_type(groups):
        yield Problem(what="a stack with models must have a model package group")


RULES: Final = (
    Rule(
        id="SageMaker.4",
        title="Variants with instances have more than one",
        types=CONFIGURATION,
        check=_survives_an_instance,
        remedy="Set serving.initial_instance_count and min_instance_count to 2",
        also=(
            "sagemaker-endpoint-config-prod-instance-count",
            "sagemaker_endpoint_config_prod_variant_instances",
        ),
    ),
    Rule(
        id="sagemaker-endpoint-configuration-kms-key-configured",
        title="Disks of endpoints are encrypted with a customer key",
        types=CONFIGURATION,
        check=_disks_have_a_key,
        remedy="Give the configuration a kmsKeyArn",
        also=(
            "sagemaker-endpoint-config-kms-key-required",
            "CKV_AWS_98",
            "sagemaker_endpoint_config_kms_encryption_enabled",
            "HIPAA.Security-SageMakerEndpointConfigurationKMSKeyConfigured",
            "NIST.800.53.R4-SageMakerEndpointConfigurationKMSKeyConfigured",
            "NIST.800.53.R5-SageMakerEndpointConfigurationKMSKeyConfigured",
            "PCI.DSS.321-SageMakerEndpointConfigurationKMSKeyConfigured",
        ),
    ),
    Rule(
        id="SageMaker.5",
        title="Models run in network isolation",
        types=MODEL,
        check=must("enableNetworkIsolation", is_true, "true"),
        remedy="Set enableNetworkIsolation, and have callers hand the container what it needs",
        also=(
            "sagemaker-model-isolation-enabled",
            "CKV_AWS_370",
            "sagemaker_models_network_isolation_enabled",
        ),
    ),
    Rule(
        id="SageMaker.16",
        title="The image of a model comes from a private registry in the VPC",
        types=MODEL,
        check=must(
            "primaryContainer.imageConfig.repositoryAccessMode",
            one_of("Vpc"),
            "Vpc",
            where="primaryContainer",
        ),
        remedy="Mirror the image into a registry in the VPC and set repositoryAccessMode to Vpc",
        also=("sagemaker-model-private-registry-required",),
    ),
    Rule(
        id="SageMaker.19",
        title="All images of a model come from a private registry in the VPC",
        types=MODEL,
        check=must_each(
            "containers",
            "imageConfig.repositoryAccessMode",
            one_of("Vpc"),
            "Vpc",
            label="containerHostname",
        ),
        remedy="Mirror the images into a registry in the VPC and set repositoryAccessMode to Vpc",
        also=("sagemaker-model-multicontainer-private-registry",),
    ),
    Rule(
        id="sagemaker-model-in-vpc",
        title="Models lie in a network of one's own",
        types=MODEL,
        check=must("vpcConfig.subnets", is_set, "subnets of the stack's network"),
        remedy="Give the stack a network: its vpc, or its subnet_ids",
        also=("sagemaker_models_vpc_settings_configured",),
    ),
    Rule(
        id="SageMaker.17",
        title="Offline stores of feature groups are encrypted with a customer key",
        types=GROUP,
        check=must(
            "offlineStoreConfig.s3StorageConfig.kmsKeyId",
            is_own_key,
            "a customer key",
            where="offlineStoreConfig",
        ),
        remedy="Give s3StorageConfig a kmsKeyId; the group must be made anew for it",
        also=("sagemaker-featuregroup-encryption-at-rest",),
    ),
    Rule(
        id="SageMaker.18",
        title="Online stores of feature groups are encrypted with a customer key",
        types=GROUP,
        check=_online_store_has_a_key,
        remedy="Give securityConfig a kmsKeyId; the group must be made anew for it",
        also=("sagemaker-featuregroup-online-store-encryption",),
    ),
    Rule(
        id="SageMaker.23",
        title="Instances of inference experiments are encrypted with a customer key",
        types=EXPERIMENT,
        check=must("kmsKey", is_own_key, "a customer key"),
        remedy="Give the experiment a kmsKey",
        also=("sagemaker-inf-experiment-instance-storage-kms-encrypted",),
    ),
    Rule(
        id="SageMaker.24",
        title="What inference experiments capture is encrypted with a customer key",
        types=EXPERIMENT,
        check=must(
            "dataStorageConfig.kmsKey", is_own_key, "a customer key", where="dataStorageConfig"
        ),
        remedy="Give dataStorageConfig a kmsKey",
        also=("sagemaker-inf-experiment-data-storage-kms-encrypted",),
    ),
    Rule(
        id="sagemaker_models_registry_in_use",
        title="Models come from a model registry",
        types=(STACK,),
        check=_registered,
        remedy="Declare a ModelRegistry and serve what it approved",
        beside=True,
    ),
    Rule(
        id="sagemaker_models_monitor_enabled",
        title="Endpoints are watched by SageMaker Model Monitor",
        types=(STACK,),
        check=_monitored,
        remedy="Declare a monitoring schedule, or measure drift otherwise and say so",
        severity="advisory",
        beside=True,
    ),
    Rule(
        id="sagemaker_clarify_exists",
        title="Bias and explanations are computed by SageMaker Clarify",
        types=(STACK,),
        check=_explained,
        remedy="Add a Clarify step, or compute them otherwise and say so",
        severity="advisory",
        beside=True,
    ),
)
