"""Where predictions are computed, said before torch is imported: it looks only once."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, MutableMapping
from typing import Any

POOLS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def prepare(device: str, threads: int, environment: MutableMapping[str, str]) -> None:
    """Set what torch and the libraries below numpy read when they are imported.

    With ``cpu`` every GPU is hidden, so that ``torch.cuda.is_available()``, which models ask, says
    the same as the setting. What a container's environment sets itself is kept.
    """
    if device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = ""
    for name in POOLS:
        environment.setdefault(name, str(threads))


def choose(device: str, available: Callable[[], bool]) -> str:
    """Return ``cuda`` or ``cpu``.

    Raises:
        ValueError: a GPU is asked for, and none is visible.
    """
    if device == "cpu" or (device == "auto" and not available()):
        return "cpu"
    if not available():
        raise ValueError("DEVICE must be cpu or auto where no GPU is visible, got cuda")
    return "cuda"


def torch_or_none() -> Any:
    """Return torch where the image has it."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch  # noqa: PLC0415 - seconds, and not in every environment

    return torch


def settle(device: str, threads: int) -> str:
    """Choose the device and hold torch to the threads; return the device.

    Called by the thread that predicts: the pool of OpenMP is its own.

    Raises:
        ValueError: a GPU is asked for, and none is visible.
    """
    torch = torch_or_none()
    chosen = choose(device, torch.cuda.is_available if torch else lambda: False)
    if torch is not None:
        torch.set_num_threads(threads)
    return chosen
