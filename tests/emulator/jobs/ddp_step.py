"""A step that trains with torch on every process of every host, and survives interruptions.

The smallest whole example: data parallel, on GPUs where there are any; the first process keeps a
checkpoint of every epoch, and each process begins from it. Full batches, so that the gradient does
not hang on how many processes share the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from pipelines.shared.training.cluster import checkpoint_folder

ROWS, FEATURES = 960, 8


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--pause-at", type=int, default=0, help="wait there, unless resumed")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--model-dir", type=Path, default=Path("/opt/ml/model"))
    given = parser.parse_args()
    gpu = torch.cuda.is_available()
    distributed.init_process_group("nccl" if gpu else "gloo")
    rank, size = distributed.get_rank(), distributed.get_world_size()
    device = torch.device(f"cuda:{os.environ['LOCAL_RANK']}" if gpu else "cpu")
    torch.manual_seed(7)
    features = torch.randn(given.rows, FEATURES)
    target = features.sum(dim=1, keepdim=True) + 0.1 * torch.randn(given.rows, 1)
    mine = (part[rank::size].to(device) for part in (features, target))
    width = given.width
    network = torch.nn.Sequential(
        torch.nn.Linear(FEATURES, width), torch.nn.Tanh(), torch.nn.Linear(width, 1)
    ).to(device)
    parallel = DistributedDataParallel(network)
    optimizer = torch.optim.SGD(parallel.parameters(), lr=0.05, momentum=0.9)
    begun = resume(network, optimizer, device)
    x, y = next(mine), next(mine)
    started = time.monotonic()
    for epoch in range(begun, given.epochs):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(parallel(x), y)
        loss.backward()
        optimizer.step()
        if rank == 0:
            keep(network, optimizer, epoch + 1)
            print(f"epoch {epoch + 1} loss={loss.item():.6f} processes={size}", flush=True)  # noqa: T201
        if given.pause_at == epoch + 1 and begun == 0:
            time.sleep(60)
    if rank == 0:
        seconds = time.monotonic() - started
        state = {name: one.tolist() for name, one in network.state_dict().items()}
        told = {"processes": size, "begun": begun, "device": device.type, "seconds": seconds}
        (given.model_dir / "model.json").write_text(json.dumps(state))
        (given.model_dir / "told.json").write_text(json.dumps(told))
    distributed.barrier()
    distributed.destroy_process_group()


def keep(network: torch.nn.Module, optimizer: torch.optim.Optimizer, epoch: int) -> None:
    """Write a checkpoint in one piece."""
    if (folder := checkpoint_folder()) is None:
        return
    states = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
    torch.save(states, folder / "part")
    (folder / "part").replace(folder / "newest.pt")


def resume(network: torch.nn.Module, optimizer: torch.optim.Optimizer, device: torch.device) -> int:
    """Go on from the checkpoint, if there is one; return the epochs that are done."""
    folder = checkpoint_folder()
    if folder is None or not (folder / "newest.pt").is_file():
        return 0
    states = torch.load(folder / "newest.pt", map_location=device, weights_only=True)
    network.load_state_dict(states["network"])
    optimizer.load_state_dict(states["optimizer"])
    return int(states["epoch"])


if __name__ == "__main__":
    main()
