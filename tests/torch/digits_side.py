"""Runs in ``.venv-torch``: fits of digits, and what the served network answers; prints JSON."""

from __future__ import annotations

import base64
import io
import json
import sys
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipelines.digits.steps import fitting, inference
from pipelines.shared.training.distributed import Together


def images() -> tuple[Any, Any]:
    """Return strokes whose column is their digit, with noise."""
    random = np.random.default_rng(5)
    digits = np.arange(400) % 8
    pixels = random.integers(0, 3, (400, 8, 8))
    pixels[np.arange(400), :, digits] = 14
    return pixels.astype(np.uint8), digits


def fits(epochs: int = 4, checkpoints: Path | None = None) -> fitting.Fits:
    return fitting.Fits(
        learning_rate=0.01, dropout=0.1, epochs=epochs, batch_size=64, checkpoints=checkpoints
    )


def weights(network: Any) -> list[float]:
    held = [one.flatten() for one in network.state_dict().values() if one.is_floating_point()]
    return [float(one) for one in torch.cat(held)]


class Interrupted(Exception):  # noqa: N818 - no error
    """An instance goes."""


def interrupted() -> dict[str, Any]:
    """Fit at once, and in two jobs of which the first is interrupted."""
    pixels, digits = images()
    whole = weights(fits().fit(pixels, digits))
    with tempfile.TemporaryDirectory() as folder:

        def stop(epoch: int, network: Any) -> None:  # noqa: ARG001 - the signature of after
            if epoch == 2:
                raise Interrupted

        with suppress(Interrupted):
            fits(checkpoints=Path(folder)).fit(pixels, digits, after=stop)
        told: list[int] = []
        resumed = fits(checkpoints=Path(folder)).fit(
            pixels, digits, after=lambda epoch, _: told.append(epoch)
        )
        other = fits(epochs=5, checkpoints=Path(folder))
        anew: list[int] = []
        other.fit(pixels, digits, after=lambda epoch, _: anew.append(epoch))
    return {"same": weights(resumed) == whole, "resumed": told, "other": anew}


def served() -> dict[str, Any]:
    """Answer a request whole and row by row."""
    pixels, digits = images()
    network = fits().fit(pixels, digits)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        torch.save(network.state_dict(), folder / "model.pt")
        (folder / "network.json").write_text(json.dumps({"dropout": 0.1}))
        model = inference.model_fn(name)
        lines = [
            f"i{place},{','.join(map(str, image.reshape(-1)))}\n"
            for place, image in enumerate(pixels[:20])
        ]
        together = answer(model, "".join(lines))
        alone = "".join(answer(model, line) for line in lines)
        refused = {}
        for what, body in {
            "pixels": "a,1,2\n",
            "ink": f"a,{','.join(['17'] * 64)}\n",
            "words": f"a,{','.join(['x'] * 64)}\n",
        }.items():
            try:
                answer(model, body)
            except ValueError as error:
                refused[what] = str(error)
        sample = answer(model, inference.sample_fn()[0])
    return {
        "together": together,
        "alone": alone,
        "refused": refused,
        "sample": sample,
        "accuracy": fitting.accuracy(network, Together().device, pixels, digits),
    }


def answer(model: Any, body: str) -> str:
    asked = inference.input_fn(body, inference.CSV)
    return inference.output_fn(inference.predict_fn(asked, model), inference.CSV)[0]


def archives() -> dict[str, Any]:
    """Return two versions that answer otherwise, as base64 of their ``model.tar.gz``."""
    pixels, digits = images()
    return {str(epochs): packed(fits(epochs=epochs).fit(pixels, digits)) for epochs in (1, 4)}


def packed(network: Any) -> str:
    weights, buffer = io.BytesIO(), io.BytesIO()
    torch.save(network.state_dict(), weights)
    files = {
        "model.pt": weights.getvalue(),
        "network.json": json.dumps({"dropout": 0.1}).encode(),
        "code/inference.py": Path(inference.__file__).read_bytes(),
    }
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            told = tarfile.TarInfo(name)
            told.size = len(content)
            archive.addfile(told, io.BytesIO(content))
    return base64.b64encode(buffer.getvalue()).decode()


if __name__ == "__main__":
    sides = {"interrupted": interrupted, "served": served, "archives": archives}
    json.dump(sides[sys.argv[1]](), sys.stdout)
