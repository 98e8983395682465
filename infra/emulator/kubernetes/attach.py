"""Attaches the cluster to an emulator."""

from __future__ import annotations

from infra.emulator.context import Context
from infra.emulator.kubernetes.api import Api
from infra.emulator.kubernetes.cluster import Cluster
from infra.emulator.kubernetes.web_identity import WebIdentity

_clusters: dict[int, Cluster] = {}


def install(context: Context) -> None:
    """Answer as an API server below ``/_kubernetes``, and look at tokens before STS takes them."""
    made = _clusters[id(context)] = Cluster(context)
    context.routes.append(Api(made))
    context.routes.append(WebIdentity(made))
    context.on_stop.append(lambda: _clusters.pop(id(context)).stop())


def cluster(context: Context) -> Cluster | None:
    """Return the emulator's cluster; ``None`` where the part is not installed."""
    return _clusters.get(id(context))
