"""Our own model server's image: what it holds, and how it is started."""

from __future__ import annotations

from pathlib import Path

from pipelines.server import tag

COMMAND = ("python", "-m", "pipelines.server", "serve")
"""The image's entry point with SageMaker's argument."""


def write(folder: Path) -> dict[str, str]:
    """Write the image's modules into a folder; return the environment that finds them."""
    for name, body in tag.program().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return {"PYTHONPATH": str(folder)}
