"""Starts torch on every host and accelerator of a job: ``python steps.pyz torchrun STEP ...``.

What SageMaker does for ``distribution={"torch_distributed": {"enabled": True}}``: torch's own
launcher on each host, told of all hosts by ``resourceconfig.json``. It sets ``RANK``,
``LOCAL_RANK``, ``WORLD_SIZE``, ``MASTER_ADDR`` and ``MASTER_PORT`` for each process, ends all when
one fails, and passes SIGTERM on.
"""

from __future__ import annotations

import os
import socket
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

from pipelines.shared.training.cluster import Cluster, cluster


def main(argv: Sequence[str] | None = None) -> None:
    """Become torch's launcher; never returns."""
    given = list(sys.argv[1:] if argv is None else argv)
    command = launcher(given, cluster(), accelerators())
    os.execv(sys.executable, [sys.executable, *command])  # noqa: S606 - this interpreter


def launcher(step: Sequence[str], hosts: Cluster, processes: int) -> list[str]:
    """Return the launcher's arguments: a step of the same archive, with its own arguments.

    Raises:
        ValueError: there is no step.
    """
    if not step:
        raise ValueError("step must be given: torchrun STEP [ARGUMENT...]")
    return [
        *("-m", "torch.distributed.run"),
        f"--nnodes={hosts.size}",
        f"--node_rank={hosts.rank}",
        f"--nproc_per_node={processes}",
        f"--master_addr={address(hosts)}",
        f"--master_port={port(os.environ.get('TRAINING_JOB_NAME', ''))}",
        sys.argv[0],
        *step,
    ]


def port(job: str) -> int:
    """Return the port to meet on: one for each job, for jobs may share a machine when emulated."""
    return 20_000 + zlib.crc32(job.encode()) % 10_000


def accelerators() -> int:
    """Return the processes of a host: one for each GPU, one where there is none."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return len([one for one in chosen.split(",") if one]) or 1
    return len(list(Path("/dev").glob("nvidia[0-9]*"))) or 1


def address(hosts: Cluster) -> str:
    """Return where the processes meet: the first host, which one that is alone need not name."""
    return "127.0.0.1" if hosts.size == 1 else socket.gethostbyname(hosts.leader)


if __name__ == "__main__":
    main()
