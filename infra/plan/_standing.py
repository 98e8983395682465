"""What stands and is paid by the hour, as resources declare it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from infra.plan._cluster import Held, pods
from infra.plan._runs import counted
from infra.plan._values import items, mapping, text, whole
from stacks._instances import facts

ENDPOINT: Final = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION: Final = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
PODS: Final = "pods on the cluster"
TARGET: Final = "aws:appautoscaling/target:Target"


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Something that is paid by the hour for as long as it stands."""

    kind: str
    """``endpoint``, ``shadow``, ``tracking server``, ``interface endpoint`` and the like."""
    name: str
    """Logical name; of an endpoint the variant's behind it."""
    size: str
    """Instance type, or what stands in its place."""
    usage: str
    """What AWS's price list calls it; empty where it is paid by use alone."""
    count: int
    """The least that stands: autoscaling's minimum, or what is declared."""
    most: int
    """Autoscaling's maximum, or the same."""
    gpus: int
    """Of each."""
    volume_gib: int = 0
    """Disk of each that is asked for; 0 for the type's own."""


def standing(held: Sequence[Held], unknown: list[str]) -> Iterator[Standing]:
    """Yield what stands; ``unknown`` takes the names of what cannot be counted."""
    yield from _endpoints(held, unknown)
    yield from _pods(held, unknown)
    for token, name, inputs in held:
        if token in _READERS:
            kind, size, usage, count = _READERS[token](inputs)
            if count is None or not size:
                unknown.append(name)
            elif kind:
                yield _one(kind, name, size, usage, count, count)


def _pods(held: Sequence[Held], unknown: list[str]) -> Iterator[Standing]:
    """Yield pods on a cluster: its nodes are paid, by whoever has them, not the pods."""
    for name, size, count, most, gpus in pods(held):
        if count is None or most is None or gpus is None:
            unknown.append(name)
        else:
            yield Standing(
                kind=PODS, name=name, size=size, usage="", count=count, most=most, gpus=gpus
            )


def _one(kind: str, name: str, size: str, usage: str, count: int, most: int) -> Standing:  # noqa: PLR0913, PLR0917 - its fields
    known = facts(size)
    gpus = known.accelerators if known and known.accelerator == "gpu" else 0
    return Standing(kind=kind, name=name, size=size, usage=usage, count=count, most=most, gpus=gpus)


_Read = tuple[str, str, str, int | None]
"""Kind (empty: costs nothing by the hour), size, usage and number."""


def _interface_endpoint(inputs: Mapping[str, Any]) -> _Read:
    if inputs.get("vpcEndpointType") not in {"Interface", "GatewayLoadBalancer"}:
        return "", "gateway", "", 0
    zones = len(items(inputs.get("subnetIds")))
    return "interface endpoint", "zone", "VpcEndpoint-Hours", zones


def _stream(inputs: Mapping[str, Any]) -> _Read:
    if mapping(inputs.get("streamModeDetails")).get("streamMode") == "ON_DEMAND":
        return "stream", "on demand", "OnDemand-StreamHour", 1
    return "stream", "shard", "Storage-ShardHour", counted(inputs.get("shardCount"))


def _typed(kind: str, usage: str, key: str) -> Callable[[Mapping[str, Any]], _Read]:
    def read(inputs: Mapping[str, Any]) -> _Read:
        size = inputs.get(key)
        return kind, whole(size) if isinstance(size, str) else "", usage, 1

    return read


def _tracking(inputs: Mapping[str, Any]) -> _Read:
    size = inputs.get("trackingServerSize") or "Small"
    return "tracking server", whole(text(size)), "Mlflow", 1


def _nat(inputs: Mapping[str, Any]) -> _Read:
    return "NAT gateway", text(inputs.get("connectivityType") or "public"), "NatGateway-Hours", 1


def _by_use(kind: str, what: str) -> Callable[[Mapping[str, Any]], _Read]:
    return lambda _: (kind, what, "", 1)


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], _Read]]] = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": _interface_endpoint,
    "aws:ec2/natGateway:NatGateway": _nat,
    "aws:kinesis/stream:Stream": _stream,
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": _tracking,
    "aws:sagemaker/notebookInstance:NotebookInstance": _typed("notebook", "Notebk", "instanceType"),
    "aws:ec2/instance:Instance": _typed("machine", "BoxUsage", "instanceType"),
    "aws:sagemaker/userProfile:UserProfile": _by_use("Studio profile", "apps by use"),
}


def _endpoints(held: Sequence[Held], unknown: list[str]) -> Iterator[Standing]:
    """Read the variants of each endpoint: a configuration that none has costs nothing."""
    configurations = {
        text(inputs.get("name")): inputs for token, _, inputs in held if token == CONFIGURATION
    }
    limits = {
        (text(inputs.get("resourceId")), text(inputs.get("scalableDimension"))): inputs
        for token, _, inputs in held
        if token == TARGET
    }
    for token, name, inputs in held:
        if token != ENDPOINT:
            continue
        found = configurations.get(text(inputs.get("endpointConfigName")))
        if found is None:
            unknown.append(name)
            continue
        usage = "AsyncInf" if found.get("asyncInferenceConfig") else "Host"
        kind = "asynchronous endpoint" if usage == "AsyncInf" else "endpoint"
        for key, called in (("productionVariants", kind), ("shadowProductionVariants", "shadow")):
            for number, raw in enumerate(items(found.get(key)), 1):
                variant = mapping(raw)
                label = whole(text(variant.get("variantName") or number))
                place = f"endpoint/{text(inputs.get('name'))}/variant/{label}"
                one = _variant(f"{name}/{label}", variant, called, usage, place, limits)
                if one is None:
                    unknown.append(f"{name}/{label}")
                else:
                    yield one


def _variant(  # noqa: PLR0913, PLR0917 - where it stands, and what it is
    name: str,
    variant: Mapping[str, Any],
    kind: str,
    usage: str,
    place: str,
    limits: Mapping[tuple[str, str], Mapping[str, Any]],
) -> Standing | None:
    if serverless := mapping(variant.get("serverlessConfig")):
        return _serverless(name, serverless, place, limits)
    count = counted(variant.get("initialInstanceCount", 1))
    size = variant.get("instanceType")
    own = mapping(variant.get("managedInstanceScaling"))
    least, most = count, count
    if own.get("status") == "ENABLED":
        least, most = (counted(own.get(f"{end}InstanceCount", count)) for end in ("min", "max"))
    if target := limits.get((place, "sagemaker:variant:DesiredInstanceCount")):
        least, most = (counted(target.get(f"{end}Capacity")) for end in ("min", "max"))
    if not isinstance(size, str) or count is None or least is None or most is None:
        return None
    made = _one(kind, name, whole(size), usage, least, most)
    return replace(made, volume_gib=counted(variant.get("volumeSizeInGb")) or 0)


def _serverless(
    name: str,
    config: Mapping[str, Any],
    place: str,
    limits: Mapping[tuple[str, str], Mapping[str, Any]],
) -> Standing | None:
    """Read a variant without instances: what is provisioned stands, the rest is paid by use."""
    memory, most = counted(config.get("memorySizeInMb")), counted(config.get("maxConcurrency"))
    least = counted(config.get("provisionedConcurrency", 0))
    if target := limits.get((place, "sagemaker:variant:DesiredProvisionedConcurrency")):
        least = counted(target.get("minCapacity"))
    if memory is None or least is None or most is None:
        return None
    usage = f"ServerlessInf:Provisioned-{memory}" if least else ""
    size = f"{memory} MB"
    return _one("serverless endpoint", name, size, usage, least, most)
