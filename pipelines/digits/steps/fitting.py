"""One fit of the network: on every accelerator of the job, and on from a checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from pipelines.digits.steps import inference
from pipelines.shared.training.distributed import Together

SEED = 13
DECAY = 1e-4
"""Weight decay of AdamW."""


@dataclass(frozen=True)
class Fits:
    """What the fits of one job have in common."""

    learning_rate: float
    dropout: float
    epochs: int
    batch_size: int
    """Images between two steps of the optimizer, all processes taken together."""
    together: Together = Together()  # noqa: RUF009 - frozen
    checkpoints: Path | None = None

    @property
    def shape(self) -> dict[str, Any]:
        """Return what the network is made with."""
        return {"dropout": self.dropout}

    def fit(
        self,
        pixels: Any,  # noqa: ANN401 - a numpy array
        digits: Any,  # noqa: ANN401 - another
        after: Callable[[int, Any], None] | None = None,
    ) -> Any:  # noqa: ANN401 - a torch module
        """Fit a network, going on from the newest checkpoint of the same settings and data.

        ``after`` is called after each epoch with its number and the network, ready to answer.
        """
        device = torch.device(self.together.device)
        torch.manual_seed(SEED)
        network = inference.Network(**self.shape).to(device)
        images = inference.tensor(pixels, device)
        truth = torch.as_tensor(np.asarray(digits, dtype=np.int64), device=device)
        optimizer = torch.optim.AdamW(network.parameters(), self.learning_rate, weight_decay=DECAY)
        each = max(self.batch_size // self.together.size, 1)
        steps = max(len(truth) // self.together.size // each, 1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.learning_rate, total_steps=steps * self.epochs
        )
        scaler = torch.amp.GradScaler(device.type, enabled=self.together.accelerated)
        state = {"network": network, "optimizer": optimizer, "schedule": schedule, "scaler": scaler}
        folder = self._folder(pixels, digits)
        done = restored(folder, state, device)
        wrapped = self.together.wrapped(network)
        for epoch in range(done, self.epochs):
            network.train()
            # The same order in every process and in a fit that goes on: it hangs on the epoch.
            torch.manual_seed(SEED + epoch)
            mine = self.together.share(torch.randperm(len(truth))).to(device)
            torch.manual_seed(SEED + epoch + 1000 * self.together.rank)  # what drops out
            for place in range(steps):
                part = mine[place * each : (place + 1) * each]
                optimizer.zero_grad(set_to_none=True)
                with torch.autocast(device.type, enabled=self.together.accelerated):
                    loss = functional.cross_entropy(wrapped(images[part]), truth[part])
                scaler.scale(loss).backward()
                scaler.step(optimizer)
                scaler.update()
                schedule.step()
            if folder is not None and self.together.leads:
                kept(folder, state, epoch + 1)
            network.eval()
            if after is not None:
                after(epoch + 1, network)
        return network.eval()

    def _folder(self, pixels: Any, digits: Any) -> Path | None:  # noqa: ANN401 - numpy arrays
        """Return where checkpoints of this fit lie, named by what the result hangs on."""
        if self.checkpoints is None:
            return None
        said = [torch.__version__, self.learning_rate, self.dropout, self.epochs, self.batch_size]
        seen = hashlib.sha256(json.dumps([*said, self.together.size]).encode())
        for array in (pixels, digits):
            plain = np.ascontiguousarray(array)
            seen.update(f"{plain.dtype}{plain.shape}".encode())
            seen.update(plain.data)
        return self.checkpoints / seen.hexdigest()[:16]


def kept(folder: Path, state: Mapping[str, Any], epochs: int) -> None:
    """Write a checkpoint in one piece over the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "newest.part"
    torch.save({"epochs": epochs, **{name: one.state_dict() for name, one in state.items()}}, part)
    part.replace(folder / "newest.pt")


def restored(folder: Path | None, state: Mapping[str, Any], device: Any) -> int:  # noqa: ANN401 - torch's
    """Take the newest checkpoint over, and return how many epochs it has seen; 0 without one."""
    if folder is None or not (folder / "newest.pt").is_file():
        return 0
    held = torch.load(folder / "newest.pt", map_location=device, weights_only=True)
    for name, one in state.items():
        one.load_state_dict(held[name])
    return int(held["epochs"])


def accuracy(network: Any, device: str, pixels: Any, digits: Any) -> float:  # noqa: ANN401 - arrays and a module
    """Return the share of images whose digit the network reads."""
    model = {"network": network, "device": torch.device(device)}
    shares = inference.predict(model, pixels)
    return float((shares.argmax(axis=1) == np.asarray(digits)).mean())
