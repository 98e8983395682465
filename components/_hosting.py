"""How SageMaker hosts a version: its own vocabulary, as plain values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.rollout import Rollout
from components.serving_modes import Asynchronous, Serverless
from components.variants import Variant

MAX_EXECUTION_SECONDS = 8 * 3600
MIN_EXECUTION_SECONDS = 600
START_SECONDS = 3600
"""Time that a fleet may take to come up; SageMaker gives a container up to an hour."""
_WITH_DISKS = re.compile(r"[a-z]+\d+[a-z]*d[a-z]*")
"""EC2's names say it with a d after the generation: m5d, m6gd, g4dn, p4d."""
_LOCAL_FAMILIES = frozenset({"g5", "g6", "g6e", "gr6", "p5", "p5e", "p5en", "p6", "trn1", "trn2"})


def production_variant(
    variant: Variant, model: pulumi.Output[str], mode: Asynchronous | Serverless | None
) -> aws.sagemaker.EndpointConfigurationProductionVariantArgsDict:
    """Return a variant of an endpoint configuration."""
    shared: aws.sagemaker.EndpointConfigurationProductionVariantArgsDict = {
        "variant_name": variant.name,
        "model_name": model,
        "initial_variant_weight": variant.weight,
    }
    if isinstance(mode, Serverless):
        limits: aws.sagemaker.EndpointConfigurationProductionVariantServerlessConfigArgsDict
        limits = {"memory_size_in_mb": mode.memory_mib, "max_concurrency": mode.max_concurrency}
        if mode.provisioned_concurrency is not None:
            limits["provisioned_concurrency"] = mode.provisioned_concurrency
        return {**shared, "serverless_config": limits}
    return {
        **shared,
        "instance_type": variant.instance_type or "",
        "initial_instance_count": variant.initial_instance_count,
    }


def capture_config(
    bucket: pulumi.Input[str], prefix: str, key_arn: pulumi.Input[str], percent: int
) -> aws.sagemaker.EndpointConfigurationDataCaptureConfigArgsDict:
    """Return where and how much of the traffic is recorded."""
    return {
        "enable_capture": percent > 0,
        "initial_sampling_percentage": percent,
        "destination_s3_uri": pulumi.Output.concat("s3://", bucket, "/", prefix),
        "kms_key_id": key_arn,
        "capture_options": [{"capture_mode": "Input"}, {"capture_mode": "Output"}],
        "capture_content_type_header": {"csv_content_types": ["text/csv"]},
    }


def asynchronous_config(
    mode: Asynchronous, topics: Mapping[str, aws.sns.Topic], key_arn: pulumi.Input[str]
) -> aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgsDict:
    """Return where answers and failures go, and on which topics they are announced."""
    return {
        "client_config": {
            "max_concurrent_invocations_per_instance": mode.max_concurrent_invocations
        },
        "output_config": {
            "s3_output_path": pulumi.Output.concat("s3://", mode.bucket, "/", mode.answers_prefix),
            "s3_failure_path": pulumi.Output.concat(
                "s3://", mode.bucket, "/", mode.failures_prefix
            ),
            "kms_key_id": key_arn,
            "notification_config": {
                "success_topic": topics["answered"].arn,
                "error_topic": topics["failed"].arn,
            },
        },
    }


def deployment(
    rollout: Rollout, alarms: Sequence[pulumi.Output[str]]
) -> aws.sagemaker.EndpointDeploymentConfigArgsDict:
    """Return how an update goes about it, and what rolls it back."""
    return {
        "auto_rollback_configuration": {"alarms": [{"alarm_name": alarm} for alarm in alarms]},
        "blue_green_update_policy": traffic(rollout),
    }


def traffic(
    rollout: Rollout,
) -> aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyArgsDict:
    """Return the blue/green policy; its limit leaves time for both fleets and all steps."""
    step = {"type": "CAPACITY_PERCENT", "value": rollout.step_percent}
    routing: aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgsDict  # noqa: E501 - pulumi-aws's name
    routing = {
        "type": rollout.strategy.upper(),
        "wait_interval_in_seconds": rollout.wait_seconds,
    }
    match rollout.strategy:
        case "canary":
            routing["canary_size"] = {**step}  # type: ignore[typeddict-item]  # of str and int
        case "linear":
            routing["linear_step_size"] = {**step}  # type: ignore[typeddict-item]  # as above
    return {
        "traffic_routing_configuration": routing,
        "termination_wait_in_seconds": rollout.termination_wait_seconds,
        "maximum_execution_timeout_in_seconds": execution_seconds(rollout),
    }


def execution_seconds(rollout: Rollout) -> int:
    """Return after how many seconds an update is given up and rolled back (600-28800)."""
    steps = {"all_at_once": 1, "canary": 2, "linear": math.ceil(100 / rollout.step_percent)}
    waits = steps[rollout.strategy] * rollout.wait_seconds + rollout.termination_wait_seconds
    return max(MIN_EXECUTION_SECONDS, min(MAX_EXECUTION_SECONDS, START_SECONDS + waits))


def has_local_storage(instance_type: str) -> bool:
    """Tell whether the instance keeps the model on disks of its own.

    These are encrypted in hardware, and SageMaker refuses a customer key for them.
    """
    family = instance_type.removeprefix("ml.").partition(".")[0]
    return family in _LOCAL_FAMILIES or _WITH_DISKS.fullmatch(family) is not None
