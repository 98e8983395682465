"""The control plane's operations on endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import ValidationError

from infra.emulator.hosting.configs import EndpointConfig
from infra.emulator.hosting.deployment import Deployment, check_alarms
from infra.emulator.hosting.endpoint import Endpoint
from infra.emulator.hosting.fleet import Fleet, make_fleet
from infra.emulator.hosting.policy import Policy, read_policy
from infra.emulator.sagemaker_api import Call, Operation

_READY = {"InService", "Failed"}


def create_endpoint(call: Call) -> Mapping[str, Any]:
    """Create an endpoint; it is ``Creating`` until its containers answer.

    Raises:
        ValidationError: the name is taken, or the configuration is not there.
    """
    asked = call.parameters
    name = asked["EndpointName"]
    arn = call.arn("endpoint", name)
    if name in call.backend.endpoints:
        raise ValidationError(f'Cannot create already existing endpoint "{arn}".')
    config = _config(call, asked["EndpointConfigName"])
    fleet = make_fleet(call.context, call.backend, name, config)
    endpoint = Endpoint(
        call.context,
        name=name,
        arn=arn,
        region=call.region,
        config=config,
        tags=list(asked.get("Tags") or []),
    )
    endpoint.last_deployment_config = asked.get("DeploymentConfig")
    _endpoints(call)[name] = endpoint
    endpoint.set_status("Creating")
    _deploy(call, endpoint, fleet, Policy())
    return {"EndpointArn": arn}


def update_endpoint(call: Call) -> Mapping[str, Any]:
    """Deploy another configuration; what was live serves until the new one does.

    Raises:
        ValidationError: the endpoint is being changed already, or something named is not there.
    """
    asked = call.parameters
    endpoint = find(call)
    config = _config(call, asked["EndpointConfigName"])
    deployment = asked.get("DeploymentConfig")
    if deployment is None and asked.get("RetainDeploymentConfig"):
        deployment = endpoint.last_deployment_config
    instances = sum(v.get("InitialInstanceCount") or 1 for v in config.production_variants)
    policy = read_policy(deployment, instances)
    _check_guardrails(config, deployment)
    check_alarms(call.context, call.region, policy.alarms)
    with endpoint.lock:
        if endpoint.endpoint_status not in _READY:
            raise ValidationError(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        fleet = make_fleet(call.context, call.backend, endpoint.endpoint_name, config)
        if asked.get("RetainAllVariantProperties"):
            _retain(endpoint, fleet, asked.get("ExcludeRetainedVariantProperties") or [])
        endpoint.set_status("Updating")
        endpoint.tell_deployment("DeploymentStarted")
        _deploy(call, endpoint, fleet, policy)
    return {"EndpointArn": endpoint.arn}


def describe_endpoint(call: Call) -> Mapping[str, Any]:
    """Return the endpoint."""
    return find(call).response_object


def delete_endpoint(call: Call) -> None:
    """Delete an endpoint and end its containers; its configuration and models stay."""
    endpoint = find(call)
    del _endpoints(call)[endpoint.endpoint_name]
    endpoint.set_status("Deleting")
    call.context.work.submit(f"end endpoint {endpoint.endpoint_name}", endpoint.stop)


def update_endpoint_weights_and_capacities(call: Call) -> Mapping[str, Any]:
    """Change weights and instance counts of live variants.

    Raises:
        ValidationError: a variant is named twice or not there, or the endpoint is being changed.
    """
    endpoint = find(call)
    changes = call.parameters["DesiredWeightsAndCapacities"]
    names = [change["VariantName"] for change in changes]
    with endpoint.lock:
        if endpoint.endpoint_status != "InService" or endpoint.fleet is None:
            raise ValidationError(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        variants = {variant.name: variant for variant in endpoint.fleet.variants}
        if len(set(names)) != len(names):
            raise ValidationError(f"The variant names must be unique within the request: {names}.")
        idle = [c["VariantName"] for c in changes if c.get("DesiredInstanceCount") == 0]
        if idle and not endpoint.config.asynchronous:
            raise ValidationError(
                f"DesiredInstanceCount must be at least 1 for {', '.join(idle)}, got 0: only an "
                "asynchronous endpoint does without instances"
            )
        if missing := [name for name in names if name not in variants]:
            raise ValidationError(
                f'The variant name(s) "{", ".join(missing)}" is/are not present within endpoint '
                f'configuration "{endpoint.endpoint_config_name}".'
            )
        endpoint.set_status("Updating")
        for change in changes:
            variant = variants[change["VariantName"]]
            if change.get("DesiredWeight") is not None:
                variant.weight = float(change["DesiredWeight"])
            if change.get("DesiredInstanceCount") is not None:
                variant.instances = change["DesiredInstanceCount"]
        endpoint.set_status("InService")
    endpoint.capacity_changed()
    return {"EndpointArn": endpoint.arn}


def _check_guardrails(config: EndpointConfig, deployment: Mapping[str, Any] | None) -> None:
    """Refuse what AWS excludes from rolling deployments.

    Raises:
        ValidationError: several variants, or a serverless one.
    """
    if not (deployment or {}).get("RollingUpdatePolicy"):
        return
    variants = config.production_variants
    if len(variants) > 1 or any(variant.get("ServerlessConfig") for variant in variants):
        raise ValidationError(
            "RollingUpdatePolicy needs one variant on instances: several variants and serverless "
            "ones are excluded"
        )


def find(call: Call) -> Endpoint:
    """Return the endpoint that a request names.

    Raises:
        ValidationError: there is none.
    """
    name = call.parameters["EndpointName"]
    endpoint = _endpoints(call).get(name)
    if endpoint is None:
        raise ValidationError(f'Could not find endpoint "{call.arn("endpoint", name)}".')
    return endpoint


def _deploy(call: Call, endpoint: Endpoint, fleet: Fleet, policy: Policy) -> None:
    endpoint.deployment = Deployment(call.context, endpoint, fleet, policy)
    name = f"deployment of {endpoint.endpoint_name}"
    call.context.work.submit(name, endpoint.deployment.run)


def _retain(endpoint: Endpoint, fleet: Fleet, excluded: list[dict[str, str]]) -> None:
    kept = {"DesiredWeight", "DesiredInstanceCount"} - {
        entry["VariantPropertyType"] for entry in excluded
    }
    live = {v.name: v for v in endpoint.fleet.variants} if endpoint.fleet else {}
    for variant in fleet.variants:
        if variant.name in live and "DesiredWeight" in kept:
            variant.weight = live[variant.name].weight
        if variant.name in live and "DesiredInstanceCount" in kept:
            variant.instances = live[variant.name].instances


def _config(call: Call, name: str) -> EndpointConfig:
    configs: dict[str, Any] = call.backend.endpoint_configs
    found: EndpointConfig | None = configs.get(name)
    if found is None:
        arn = call.arn("endpoint-config", name)
        raise ValidationError(f'Could not find endpoint configuration "{arn}".')
    return found


def _endpoints(call: Call) -> dict[str, Endpoint]:
    endpoints: Any = call.backend.endpoints
    found: dict[str, Endpoint] = endpoints
    return found


OPERATIONS: dict[str, Operation] = {
    "CreateEndpoint": create_endpoint,
    "UpdateEndpoint": update_endpoint,
    "DescribeEndpoint": describe_endpoint,
    "DeleteEndpoint": delete_endpoint,
    "UpdateEndpointWeightsAndCapacities": update_endpoint_weights_and_capacities,
}
