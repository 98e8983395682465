"""Serving: answer images with the probability of each digit; the script in ``model.tar.gz``.

Self-contained, since it travels alone, the network's shape included. A request is CSV without
header: ``image_id``, then 64 pixels of 0 to 16, row by row. The answer is CSV, ``image_id`` and
ten probabilities for each line. Rows of several requests may be predicted together.
"""

# ruff: noqa: ANN401
# Arrays, tensors and modules are untyped where types are checked.

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

CSV = "text/csv"
SIDE, DARKEST, CLASSES = 8, 16, 10
BATCHED = True
"""Our model server may join the rows of concurrent requests."""
ROWS = 4096
"""Images that are predicted at once, whatever a request holds: it bounds the memory."""


class Network(nn.Module):  # type: ignore[misc] # torch is not installed where types are checked
    """Two convolutions and two dense layers: some 38,000 weights."""

    def __init__(self, channels: int = 16, hidden: int = 64, dropout: float = 0.2) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(channels, 2 * channels, 3, padding=1),
            nn.BatchNorm2d(2 * channels),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(2 * channels * (SIDE // 2) ** 2, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, CLASSES),
        )

    def forward(self, images: Any) -> Any:
        """Return the logits of images with values of 0 to 1, shape (images, 1, 8, 8)."""
        return self.layers(images)


def model_fn(model_dir: str) -> dict[str, Any]:
    """Load the model that serves."""
    return load(Path(model_dir), "model.pt")


def input_fn(body: str | bytes, content_type: str) -> tuple[Any, Any]:
    """Read a request: identifiers, and images of shape (images, 8, 8).

    Raises:
        ValueError: the content type is not CSV, a row has not 65 fields, or a pixel is none.
    """
    if content_type.split(";", maxsplit=1)[0].strip() != CSV:
        raise ValueError(f"content type must be {CSV}, got {content_type!r}")
    text = body.decode() if isinstance(body, (bytes, bytearray)) else body
    lines = [line for line in text.splitlines() if line]
    names = np.array([line.split(",", 1)[0] for line in lines], dtype=object)
    try:
        pixels = np.loadtxt(
            io.StringIO("\n".join(line.partition(",")[2] for line in lines)),
            delimiter=",",
            dtype=np.float32,
            ndmin=2,
        )
    except ValueError as error:
        raise ValueError(f"a row must be image_id and {SIDE * SIDE} pixels: {error}") from None
    if len(lines) != len(pixels) or pixels.shape[1:] != (SIDE * SIDE,):
        raise ValueError(f"a row must be image_id and {SIDE * SIDE} pixels")
    if not ((pixels >= 0) & (pixels <= DARKEST)).all():
        raise ValueError(f"a pixel must be 0 to {DARKEST}")
    return names, pixels.reshape(-1, SIDE, SIDE)


def predict_fn(data: tuple[Any, Any], model: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return identifiers, and probabilities of shape (images, 10)."""
    names, pixels = data
    return names, predict(model, pixels)


def output_fn(answer: tuple[Any, Any], accept: str) -> tuple[str, str]:  # noqa: ARG001 - the container's signature
    """Write an answer as CSV, whatever was asked for."""
    names, shares = answer
    lines = (
        f"{name},{','.join(f'{share:.6f}' for share in row)}\n"
        for name, row in zip(names.tolist(), shares.tolist(), strict=True)
    )
    return "".join(lines), CSV


def sample_fn() -> tuple[str, str]:
    """Return a request to warm the model up with: a stroke from top to bottom."""
    stroke = ",".join("16" if place % SIDE == SIDE // 2 else "0" for place in range(SIDE * SIDE))
    return f"sample,{stroke}\n", CSV


def load(folder: Path, name: str) -> dict[str, Any]:
    """Load one of the networks in a folder, on the GPU where there is one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = Network(**json.loads((folder / "network.json").read_text()))
    weights = torch.load(folder / name, map_location=device, weights_only=True)
    network.load_state_dict(weights)
    return {"network": network.to(device).eval(), "device": device}


def tensor(pixels: Any, device: Any) -> Any:
    """Return images as the network takes them."""
    values = torch.as_tensor(np.asarray(pixels, dtype=np.float32) / DARKEST)
    return values.unsqueeze(1).to(device)


def predict(model: Mapping[str, Any], pixels: Any) -> Any:
    """Return the probabilities of each digit for images of shape (images, 8, 8)."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(pixels), ROWS):
            logits = model["network"](tensor(pixels[start : start + ROWS], model["device"]))
            parts.append(torch.softmax(logits.float(), dim=1).cpu().numpy())
    return np.concatenate(parts) if parts else np.empty((0, CLASSES), dtype=np.float32)
