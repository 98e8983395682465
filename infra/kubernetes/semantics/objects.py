"""Objects without pods whose fields do not fit together."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from infra.kubernetes.quantities import quantity
from infra.kubernetes.semantics.pods import twice


def scaler(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with an autoscaler's spec."""
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    if most < least:
        yield f"spec.maxReplicas must be at least minReplicas {least}, got {most}"
    version = (spec.get("scaleTargetRef") or {}).get("apiVersion") or ""
    if "/" not in version:
        yield f"spec.scaleTargetRef.apiVersion must name a group: apps/v1, got {version!r}"
    for index, metric in enumerate(spec.get("metrics") or ()):
        kind = metric["type"]
        name = f"{kind[0].lower()}{kind[1:]}"
        if metric.get(name) is None:
            yield f"spec.metrics[{index}].{name} must be given of type {kind}, got None"


def service(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a service's spec."""
    ports = spec.get("ports") or ()
    if not ports and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield "spec.ports must name one at least, got none"
    for index, one in enumerate(ports):
        if len(ports) > 1 and not one.get("name"):
            yield f"spec.ports[{index}].name must be given where there are several, got None"
    yield from twice([one.get("name") for one in ports], "spec.ports", "name")


def quota(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a quota's spec."""
    for name, amount in (spec.get("hard") or {}).items():
        if quantity(amount) < 0:
            yield f"spec.hard.{name} must not be negative, got {amount}"


def limits(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a limit range's spec."""
    for index, limit in enumerate(spec.get("limits") or ()):
        order = [(key, limit.get(key) or {}) for key in ("min", "defaultRequest", "default", "max")]
        for place, (key, lower) in enumerate(order):
            for above, higher in order[place + 1 :]:
                for name in sorted(lower.keys() & higher.keys()):
                    if quantity(lower[name]) > quantity(higher[name]):
                        rule = f"must be at most {above} {higher[name]}"
                        yield f"spec.limits[{index}].{key}.{name} {rule}, got {lower[name]}"
        for name, ratio in (limit.get("maxLimitRequestRatio") or {}).items():
            if quantity(ratio) < 1:
                at = f"spec.limits[{index}].maxLimitRequestRatio.{name}"
                yield f"{at} must be at least 1, got {ratio}"


def network(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a network policy's spec."""
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(way) or ()):
            for number, peer in enumerate(rule.get(peers) or ()):
                yield from _block(peer, f"spec.{way}[{index}].{peers}[{number}]")
            for number, port in enumerate(rule.get("ports") or ()):
                yield from _range(port, f"spec.{way}[{index}].ports[{number}]")


def _block(peer: Mapping[str, Any], path: str) -> Iterator[str]:
    block = peer.get("ipBlock")
    if block is None:
        return
    if len(peer) > 1:
        yield f"{path}.ipBlock must stand alone, got {', '.join(sorted(peer))}"
    around = ipaddress.ip_network(block["cidr"])
    for index, inner in enumerate(block.get("except") or ()):
        hole = ipaddress.ip_network(inner)
        if hole.version != around.version or hole == around or not hole.subnet_of(around):  # type: ignore[arg-type] # of one version by then
            yield f"{path}.ipBlock.except[{index}] must be within {around}, got {inner}"


def _range(port: Mapping[str, Any], path: str) -> Iterator[str]:
    first, last = port.get("port"), port.get("endPort")
    if last is not None and (not isinstance(first, int) or last < first):
        yield f"{path}.endPort must not be below the number of port, got {last} for {first}"
