"""Warm pools: instances of an ended training job that wait for one that matches."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from infra.emulator.clock import Timer
from infra.emulator.context import Context
from infra.emulator.jobs.hosts import Hosts
from infra.emulator.jobs.job import Job

CACHE: Final = "sagemaker/warmpoolcache"
"""Below ``/opt/ml``; stays for the next job."""
LONGEST: Final = timedelta(days=28)
"""For which one cluster may go from job to job."""


@dataclass(eq=False)
class Pool:
    """The kept instances of one job."""

    job: Job
    key: tuple[object, ...]
    cache: Path
    born: datetime
    """Since when these instances run."""
    since: datetime
    timer: Timer = field(init=False)


class WarmPools:
    """All pools of an emulator; they end on its clock."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pools: list[Pool] = []
        self._lock = threading.Lock()
        self._used: dict[str, Pool] = {}

    def claim(self, job: Job) -> None:
        """Have a job that begins use the instances of one that matches, if they wait."""
        if not keep_alive(job):
            return
        with self._lock:
            found = next(
                (pool for pool in self._pools if pool.key == match(job.region, job.request)), None
            )
            if found is not None:
                self._pools.remove(found)
                found.timer.cancel()
                self._used[job.arn] = found
                self._tell(found, "Reused", ReusedByJob=job.name)
        job.details["WarmPoolStatus"] = {"Status": "InUse"}

    def warm(self, job: Job, hosts: Hosts) -> None:
        """Give the hosts the persistent cache, empty in instances that are new."""
        used = self._used.get(job.arn)
        for name, opt_ml, _ in hosts.each():
            target = opt_ml / CACHE
            kept = used.cache / name if used else None
            if kept is not None and kept.is_dir():
                shutil.copytree(kept, target, dirs_exist_ok=True)
            else:
                target.mkdir(parents=True, exist_ok=True)

    def retain(self, job: Job, hosts: Hosts | None) -> None:
        """Keep the instances of a job that ends; ``hosts`` is where its cache lies."""
        seconds = keep_alive(job)
        if not seconds:
            return
        now = self._context.clock.now()
        used = self._used.pop(job.arn, None)
        born = used.born if used else job.created
        if used is not None:
            shutil.rmtree(used.cache, ignore_errors=True)
        cache = self._context.home / "warm" / job.name
        pool = Pool(job, match(job.region, job.request), cache, born, now)
        until = min(now + timedelta(seconds=seconds), born + LONGEST)
        with self._lock:
            if hosts is None or until <= now:
                self._tell(pool, "Terminated")
                return
            for name, opt_ml, _ in hosts.each():
                if (opt_ml / CACHE).is_dir():
                    shutil.copytree(opt_ml / CACHE, cache / name, dirs_exist_ok=True)
            self._pools.append(pool)
            self._tell(pool, "Available")
            self._arm(pool, until)

    def update(self, job: Job, seconds: int) -> bool:
        """Keep a job's waiting instances for so long from now; tells whether there are any."""
        with self._lock:
            found = next((pool for pool in self._pools if pool.job is job), None)
            if found is None:
                return False
            found.timer.cancel()
            self._arm(found, self._context.clock.now() + timedelta(seconds=seconds))
        if seconds == 0:
            self._end(found)
        return True

    def count(self, region: str, instance_type: str, unlike: Mapping[str, Any]) -> int:
        """Return how many instances of a type wait in a region, but for those that match a job."""
        key = match(region, unlike)
        with self._lock:
            kept = [pool for pool in self._pools if pool.job.region == region and pool.key != key]
        clusters = (pool.job.request["ResourceConfig"] for pool in kept)
        return sum(one["InstanceCount"] for one in clusters if one["InstanceType"] == instance_type)

    def _arm(self, pool: Pool, until: datetime) -> None:
        pool.timer = self._context.clock.call_at(
            until, lambda _: self._end(pool), name=f"warm pool of {pool.job.name}"
        )

    def _end(self, pool: Pool) -> None:
        with self._lock:
            if pool not in self._pools:
                return
            self._pools.remove(pool)
            self._tell(pool, "Terminated")
        shutil.rmtree(pool.cache, ignore_errors=True)

    def _tell(self, pool: Pool, status: str, **more: Any) -> None:  # noqa: ANN401 - members of WarmPoolStatus
        waited = max(0, round((self._context.clock.now() - pool.since).total_seconds()))
        told = {"Status": status, "ResourceRetainedBillableTimeInSeconds": waited, **more}
        pool.job.details["WarmPoolStatus"] = told


def keep_alive(job: Job) -> int:
    """Return for how long a training job's instances are to be kept."""
    return int(job.request.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds") or 0)


def match(region: str, request: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what must be the same for a job to use the instances of another.

    "Matching training jobs" in SageMaker's developer guide; session tags are not emulated.
    """
    resources, network = request["ResourceConfig"], request.get("VpcConfig") or {}
    return (
        region,
        request["RoleArn"],
        *(resources.get(key) for key in ("InstanceType", "InstanceCount")),
        *(resources.get(key) for key in ("VolumeKmsKeyId", "VolumeSizeInGB")),
        *(tuple(sorted(network.get(key, []))) for key in ("SecurityGroupIds", "Subnets")),
        bool(request.get("EnableInterContainerTrafficEncryption")),
        bool(request.get("EnableNetworkIsolation")),
    )
