"""Network policies: nothing goes in or out of a namespace but what is named here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HTTPS = 443
_DNS = (53, 5353)
"""Of most clusters, and of OpenShift."""


def closed() -> dict[str, Any]:
    """Return the spec that lets nothing in and nothing out, of any pod."""
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def names() -> dict[str, Any]:
    """Return the spec that lets every pod ask for addresses, of pods of the cluster alone."""
    ports = [{"protocol": kind, "port": port} for kind in ("UDP", "TCP") for port in _DNS]
    return {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"namespaceSelector": {}}], "ports": ports}],
    }


def aws(cidrs: Sequence[str]) -> dict[str, Any]:
    """Return the spec that lets every pod call AWS: HTTPS to these ranges."""
    return {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [
            {
                "to": [{"ipBlock": {"cidr": cidr}} for cidr in cidrs],
                "ports": [{"protocol": "TCP", "port": HTTPS}],
            }
        ],
    }


def callers(selector: Mapping[str, str], namespaces: Sequence[str], port: int) -> dict[str, Any]:
    """Return the spec that lets pods of these namespaces, and of its own, call a server."""
    others = [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": one}}}
        for one in namespaces
    ]
    return {
        "podSelector": {"matchLabels": dict(selector)},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [{"podSelector": {}}, *others],
                "ports": [{"protocol": "TCP", "port": port}],
            }
        ],
    }


def among(selector: Mapping[str, str]) -> dict[str, Any]:
    """Return the spec that lets the nodes of a training reach one another, on any port."""
    peers = [{"podSelector": {"matchLabels": dict(selector)}}]
    return {
        "podSelector": {"matchLabels": dict(selector)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": peers}],
        "egress": [{"to": peers}],
    }
