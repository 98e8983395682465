"""The Kubernetes cluster that a team's components stand on, as plain values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Operator = Literal["kserve", "kubeflow-trainer"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """What must be known of a cluster before anything is declared on it.

    Raises:
        ValueError: ``issuer`` is no host with an optional path.
    """

    issuer: str
    """Issuer of its service accounts' tokens, without ``https://``; registered with IAM."""
    version: str
    """Kubernetes' minor version, for example ``1.36``."""
    installed: Collection[Operator] = ()
    """Operators beside Kubernetes' own controllers."""

    def __post_init__(self) -> None:
        if "://" in self.issuer or "." not in self.issuer:
            raise ValueError(f"issuer must be a host without scheme, got {self.issuer!r}")
