"""Attaches scaling that acts to moto's Application Auto Scaling."""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from infra.emulator.autoscaling import capacity
from infra.emulator.autoscaling.scaling import DIMENSION, SERVICE, Scaling
from infra.emulator.autoscaling.schedules import Schedules
from infra.emulator.autoscaling.tracking import make_alarms
from infra.emulator.context import Context
from infra.emulator.patches import replace


def install(context: Context) -> None:
    """Make policies, schedules and limits act on SageMaker's variants."""
    context.scaling = Scaling(context)
    _check_targets(context)
    _keep_policies(context)
    _keep_schedules(context, Schedules(context, context.scaling))
    _tell_activities(context, context.scaling)


def _check_targets(context: Context) -> None:
    def register(
        backend: ApplicationAutoscalingBackend, namespace: str, r_id: str, *rest: Any, **more: Any
    ) -> FakeScalableTarget:
        if namespace == SERVICE:
            _check_target(context, backend, r_id, *rest, **more)
        target: FakeScalableTarget = by_moto(backend, namespace, r_id, *rest, **more)
        if namespace == SERVICE:
            endpoint, _ = capacity.find(context, backend.region_name, r_id)
            endpoint.capacity_changed()
        return target

    def deregister(
        backend: ApplicationAutoscalingBackend, namespace: str, r_id: str, dimension: str
    ) -> None:
        deregister_by_moto(backend, namespace, r_id, dimension)
        # AWS deletes with a target what scales it.
        for policy in list(backend.policies.values()):
            if (policy.resource_id, policy.scalable_dimension) == (r_id, dimension):
                backend.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)
        for action in list(backend.scheduled_actions):
            if (action.resource_id, action.scalable_dimension) == (r_id, dimension):
                name = action.scheduled_action_name
                backend.delete_scheduled_action(namespace, name, r_id, dimension)

    owner = ApplicationAutoscalingBackend
    by_moto = replace(context, owner, "register_scalable_target", register)
    deregister_by_moto = replace(context, owner, "deregister_scalable_target", deregister)


def _check_target(  # noqa: PLR0917 - moto's parameters
    context: Context,
    backend: ApplicationAutoscalingBackend,
    r_id: str,
    dimension: str,
    min_capacity: int | None = None,
    max_capacity: int | None = None,
    *_: Any,
    **__: Any,
) -> None:
    if dimension != DIMENSION:
        raise AWSValidationException(f"scalable dimension {dimension} is not emulated")
    try:
        endpoint, _variant = capacity.find(context, backend.region_name, r_id)
    except capacity.UnscalableError as error:
        raise AWSValidationException(str(error)) from error
    if min_capacity == 0 and not endpoint.config.asynchronous:
        raise AWSValidationException(
            "MinCapacity must be at least 1 unless the endpoint is asynchronous, got 0"
        )
    if min_capacity is not None and max_capacity is not None and min_capacity > max_capacity:
        raise AWSValidationException(
            f"Maximum capacity must be at least minimum capacity {min_capacity}, got {max_capacity}"
        )


def _keep_policies(context: Context) -> None:
    def put(
        backend: ApplicationAutoscalingBackend, **settings: Any
    ) -> FakeApplicationAutoscalingPolicy:
        key = FakeApplicationAutoscalingPolicy.formulate_key(
            settings["service_namespace"],
            settings["resource_id"],
            settings["scalable_dimension"],
            settings["policy_name"],
        )
        before = backend.policies.get(key)
        policy: FakeApplicationAutoscalingPolicy = by_moto(backend, **settings)
        if settings["service_namespace"] != SERVICE:
            return policy
        if before is not None:
            policy.policy_arn, policy.creation_time = before.policy_arn, before.creation_time
        try:
            if policy.policy_type == "TargetTrackingScaling":
                make_alarms(context, backend.region_name, policy)
        except AWSValidationException:
            backend.policies.pop(key)
            if before is not None:
                backend.policies[key] = before
            raise
        if before is not None:
            before.delete_alarms(context.account_id, backend.region_name)
        return policy

    by_moto = replace(context, ApplicationAutoscalingBackend, "put_scaling_policy", put)


def _keep_schedules(context: Context, schedules: Schedules) -> None:
    def named(
        backend: ApplicationAutoscalingBackend, name: str, r_id: str, dimension: str
    ) -> list[Any]:
        return [
            action
            for action in backend.scheduled_actions
            if (action.scheduled_action_name, action.resource_id, action.scalable_dimension)
            == (name, r_id, dimension)
        ]

    def put(backend: ApplicationAutoscalingBackend, **settings: Any) -> None:
        schedules.check(settings["schedule"], settings["timezone"])
        place = (settings["resource_id"], settings["scalable_dimension"])
        if not backend._scalable_target_exists(*place):
            raise AWSValidationException(f"No scalable target registered for {place[0]}")
        put_by_moto(backend, **settings)
        for action in named(backend, settings["scheduled_action_name"], *place):
            schedules.arm(backend.region_name, action)

    def delete(
        backend: ApplicationAutoscalingBackend,
        service_namespace: str,
        scheduled_action_name: str,
        resource_id: str,
        scalable_dimension: str,
    ) -> None:
        doomed = named(backend, scheduled_action_name, resource_id, scalable_dimension)
        if not doomed:
            raise AWSValidationException(
                f"No scheduled action found for {resource_id}: {scheduled_action_name}"
            )
        for action in doomed:
            schedules.disarm(action)
        delete_by_moto(
            backend, service_namespace, scheduled_action_name, resource_id, scalable_dimension
        )

    owner = ApplicationAutoscalingBackend
    put_by_moto = replace(context, owner, "put_scheduled_action", put)
    delete_by_moto = replace(context, owner, "delete_scheduled_action", delete)


def _tell_activities(context: Context, scaling: Scaling) -> None:
    def describe_scaling_activities(response: ApplicationAutoScalingResponse) -> str:
        if response._get_param("ServiceNamespace") != SERVICE:
            raise NotImplementedError("scaling activities of other services than SageMaker")
        resource_id = response._get_param("ResourceId")
        return json.dumps({"ScalingActivities": scaling.activities(response.region, resource_id)})

    name = "describe_scaling_activities"
    replace(context, ApplicationAutoScalingResponse, name, describe_scaling_activities)
