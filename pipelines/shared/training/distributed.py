"""torch on every accelerator of a job: one process for each, started by its own launcher.

A script calls :func:`everywhere` first. Where the job has one host with one accelerator or none, it
goes on as it is; else the process becomes torch's launcher, which starts the script again for each.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipelines.shared.training.cluster import cluster
from pipelines.shared.training.torchrun import accelerators, launcher


def everywhere(step: Sequence[str]) -> None:
    """Start the script on every accelerator of the job, unless that was done or there is one.

    ``step`` are the script's arguments after its path: in an archive of steps, the step's name too.
    """
    hosts, processes = cluster(), accelerators()
    if "RANK" in os.environ or hosts.size * processes == 1:
        return
    os.execv(sys.executable, [sys.executable, *launcher(step, hosts, processes)])  # noqa: S606 - this interpreter


@dataclass(frozen=True)
class Together:
    """The processes that train one model."""

    rank: int = 0
    size: int = 1
    device: str = "cpu"
    """``cuda:0``, or ``cpu``."""

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    @property
    def accelerated(self) -> bool:
        """Whether it trains on a GPU, in half precision where that is safe."""
        return self.device.startswith("cuda")

    def share(self, order: Any) -> Any:  # noqa: ANN401 - a tensor
        """Return this process' part of an order, as long as everyone's: what is left over waits."""
        each = len(order) // self.size
        return order[self.rank * each : (self.rank + 1) * each]

    def wrapped(self, network: Any) -> Any:  # noqa: ANN401 - a torch module
        """Return a network whose gradients are everyone's mean."""
        if self.size == 1:
            return network
        from torch.nn.parallel import DistributedDataParallel  # noqa: PLC0415 - see above

        return DistributedDataParallel(
            network, device_ids=[self.device] if self.accelerated else None
        )


@contextmanager
def together() -> Iterator[Together]:
    """Join the other processes of the job within the block, as torch's launcher told this one."""
    import torch  # noqa: PLC0415 - a launcher need not wait for it

    place = int(os.environ.get("LOCAL_RANK", "0"))
    device = f"cuda:{place}" if torch.cuda.is_available() else "cpu"
    if "RANK" not in os.environ:
        yield Together(device=device)
        return
    if device != "cpu":
        torch.cuda.set_device(place)
    torch.distributed.init_process_group("nccl" if device != "cpu" else "gloo")
    try:
        rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        yield Together(rank=rank, size=size, device=device)
    finally:
        torch.distributed.destroy_process_group()
