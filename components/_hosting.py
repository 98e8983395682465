"""How SageMaker hosts a version: its own vocabulary, as plain values."""

import math
import re

import pulumi_aws as aws

from components.rollout import Rollout

MAX_EXECUTION_SECONDS = 8 * 3600
MIN_EXECUTION_SECONDS = 600
START_SECONDS = 3600
"""Time that a fleet may take to come up; SageMaker gives a container up to an hour."""
_WITH_DISKS = re.compile(r"[a-z]+\d+[a-z]*d[a-z]*")
"""EC2's names say it with a d after the generation: m5d, m6gd, g4dn, p4d."""
_LOCAL_FAMILIES = frozenset({"g5", "g6", "g6e", "gr6", "p5", "p5e", "p5en", "p6", "trn1", "trn2"})


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
