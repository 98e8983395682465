"""Refuses jobs for which the account's quota has no room, as SageMaker does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import SagemakerClientError

from infra.emulator import quotas
from infra.emulator.jobs import store
from infra.emulator.jobs.engine import Engine
from infra.emulator.jobs.job import FINAL, PROCESSING, TRAINING, TRANSFORM, TUNING, Kind
from infra.emulator.jobs.warm import keep_alive
from infra.emulator.quotas.book import HOSTS, usage
from infra.emulator.sagemaker_api import Call


class ResourceLimitError(SagemakerClientError):
    """The account has no room for what was asked."""

    code = "ResourceLimitExceeded"


def check(engine: Engine, call: Call, kind: Kind) -> None:
    """Refuse a job whose instances the region's quotas do not allow beside those that run.

    Raises:
        ResourceLimitError: they do not; the text names quota, value, use and request.
    """
    asked = call.parameters
    if kind is PROCESSING:
        cluster = asked["ProcessingResources"]["ClusterConfig"]
        name = usage(cluster["InstanceType"], "processing job usage")
        _room(call, name, _running(call, PROCESSING, cluster["InstanceType"]), _count(cluster))
    elif kind is TRANSFORM:
        cluster = asked["TransformResources"]
        name = usage(cluster["InstanceType"], "transform job usage")
        _room(call, name, _running(call, TRANSFORM, cluster["InstanceType"]), _count(cluster))
    elif kind is TRAINING:
        _training(engine, call, asked, at_once=1)
    elif kind is TUNING and (definition := asked.get("TrainingJobDefinition")):
        most = asked["HyperParameterTuningJobConfig"]["ResourceLimits"]
        _training(engine, call, definition, at_once=most.get("MaxParallelTrainingJobs", 1))


def _training(engine: Engine, call: Call, asked: Mapping[str, Any], *, at_once: int) -> None:
    cluster = asked["ResourceConfig"]
    kind, count = cluster["InstanceType"], _count(cluster)
    _room(call, HOSTS, 0, count)
    spot = bool(asked.get("EnableManagedSpotTraining"))
    name = usage(kind, "spot training job usage" if spot else "training job usage")
    _room(call, name, _running(call, TRAINING, kind, spot=spot), count * at_once)
    if cluster.get("KeepAlivePeriodInSeconds"):
        name = usage(kind, "training warm pool usage")
        kept = _running(call, TRAINING, kind, spot=False, kept=True)
        # Instances that wait for a job like this one are used by it, not kept beside it.
        waiting = engine.warm_pools.count(call.region, kind, unlike=asked)
        _room(call, name, kept + waiting, count * at_once)


def _running(
    call: Call, kind: Kind, instance_type: str, *, spot: bool = False, kept: bool = False
) -> int:
    """Count the instances of a type that jobs which have not ended hold."""
    total = 0
    for job in store.held(call.backend, kind).values():
        request = job.request
        cluster = _cluster(kind, request)
        same = cluster.get("InstanceType") == instance_type and job.status not in FINAL
        if same and bool(request.get("EnableManagedSpotTraining")) == spot:
            total += _count(cluster) if not kept or keep_alive(job) else 0
    return total


def _cluster(kind: Kind, request: Mapping[str, Any]) -> Mapping[str, Any]:
    if kind is PROCESSING:
        request = request["ProcessingResources"]
    key = {PROCESSING: "ClusterConfig", TRANSFORM: "TransformResources"}.get(kind, "ResourceConfig")
    cluster: Mapping[str, Any] = request[key]
    return cluster


def _count(cluster: Mapping[str, Any]) -> int:
    return int(cluster.get("InstanceCount", 1))


def _room(call: Call, name: str, used: int, more: int) -> None:
    book = quotas.book(call.context)
    if book is None:
        return
    if used + more > (limit := book.value(call.region, name)):
        raise ResourceLimitError(
            f"The account-level service limit '{name}' is {limit:g} Instances, with current "
            f"utilization of {used} Instances and a request delta of {more} Instances. Please use "
            "AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is "
            "not available, contact AWS support to request an increase for this quota."
        )
