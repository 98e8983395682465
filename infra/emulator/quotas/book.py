"""What the quotas are, and what was asked for."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from stacks._instances import Purpose, instance_types

DEFAULT: Final = 100.0
"""The emulator's own value of every quota: what AWS grants differs by account, type and region."""
HOSTS: Final = "Maximum number of instances per training job"
KNOWN: Final = {HOSTS: ("L-622CFD70", 20.0)}
"""Code and value that AWS publishes; the codes of all others are the emulator's own."""
USES: Final[dict[str, Purpose]] = {
    "training job usage": "TrainingInstanceType",
    "spot training job usage": "TrainingInstanceType",
    "training warm pool usage": "TrainingInstanceType",
    "processing job usage": "ProcessingInstanceType",
    "transform job usage": "TransformInstanceType",
    "endpoint usage": "ProductionVariantInstanceType",
}
OPEN: Final = frozenset({"PENDING", "CASE_OPENED"})


def usage(instance_type: str, use: str) -> str:
    """Return the name of the quota of a type for one of the ``USES``."""
    return f"{instance_type} for {use}"


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota, the same in every region until it is raised."""

    name: str
    code: str
    default: float


@cache
def catalogue() -> dict[str, Quota]:
    """Return all quotas by name."""
    names = sorted(
        usage(kind, use) for use, purpose in USES.items() for kind in instance_types(purpose)
    )
    made = [Quota(name, _code(name), DEFAULT) for name in names]
    made += [Quota(name, code, default) for name, (code, default) in KNOWN.items()]
    return {quota.name: quota for quota in made}


@cache
def by_code() -> dict[str, Quota]:
    """Return all quotas by code."""
    return {quota.code: quota for quota in catalogue().values()}


def _code(name: str) -> str:
    return f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"


@dataclass(slots=True)
class Asked:
    """A request for more."""

    quota: Quota
    region: str
    desired: float
    created: datetime
    status: str = "PENDING"
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


class Book:
    """The values of one emulator."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._values: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()
        self.asked: list[Asked] = []

    def value(self, region: str, name: str) -> float:
        """Return a quota's value in a region.

        Raises:
            KeyError: there is no such quota.
        """
        return self._values.get((region, name), catalogue()[name].default)

    def set(self, region: str, name: str, value: float) -> None:
        """Grant a value, as AWS does in its own time, and close what asked for it.

        Raises:
            ValueError: there is no such quota.
        """
        if name not in catalogue():
            raise ValueError(f"name must be a quota of SageMaker, got {name!r}")
        with self._lock:
            self._values[region, name] = value
            for one in self.asked:
                if (one.region, one.quota.name, one.status) == (region, name, "PENDING"):
                    one.status = "APPROVED" if value >= one.desired else "DENIED"

    def ask(self, region: str, quota: Quota, desired: float) -> Asked:
        """Note a request for more."""
        made = Asked(quota, region, desired, self._now())
        with self._lock:
            self.asked.append(made)
        return made

    def requests(self, region: str) -> list[Asked]:
        """Return what was asked for in a region."""
        with self._lock:
            return [one for one in self.asked if one.region == region]

    def is_open(self, region: str, quota: Quota) -> bool:
        """Tell whether a request for more of a quota is still undecided."""
        return any(one.quota == quota and one.status in OPEN for one in self.requests(region))

    def described(self, region: str, quota: Quota, *, value: float) -> dict[str, Any]:
        """Return a quota as Service Quotas tells it."""
        return {
            "ServiceCode": "sagemaker",
            "ServiceName": "Amazon SageMaker",
            "QuotaArn": f"arn:aws:servicequotas:{region}::sagemaker/{quota.code}",
            "QuotaCode": quota.code,
            "QuotaName": quota.name,
            "Value": value,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
