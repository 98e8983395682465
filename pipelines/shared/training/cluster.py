"""The hosts of a training job, as SageMaker tells each of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

CONFIG = Path("/opt/ml/input/config")


@dataclass(frozen=True)
class Cluster:
    """The hosts that train one model together."""

    hosts: tuple[str, ...] = ("localhost",)
    current: str = "localhost"

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.hosts)

    @property
    def rank(self) -> int:
        """Place of this host among them."""
        return self.hosts.index(self.current)

    @property
    def leader(self) -> str:
        """The host that the others find one another by."""
        return self.hosts[0]


def cluster(config: Path = CONFIG) -> Cluster:
    """Read the hosts; this machine alone where no job runs.

    Their order is the same on every host: SageMaker gives ``algo-1``, ``algo-2``, … sorted as text.
    """
    try:
        told = json.loads((config / "resourceconfig.json").read_text())
    except FileNotFoundError:
        return Cluster()
    # As numbers, where they end in one: algo-10 comes after algo-2.
    hosts = sorted(told["hosts"], key=lambda host: (len(host), host))
    return Cluster(tuple(hosts), told["current_host"])


def checkpoint_folder(config: Path = CONFIG) -> Path | None:
    """Return where checkpoints are kept; ``None`` for a job that keeps none.

    A job with a ``CheckpointConfig`` finds its local path in ``checkpointconfig.json``
    (aws/sagemaker-xgboost-container#32).
    """
    try:
        told = json.loads((config / "checkpointconfig.json").read_text())
    except FileNotFoundError:
        return None
    return Path(told.get("LocalPath") or "/opt/ml/checkpoints")
