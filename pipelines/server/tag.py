"""What the image is made of, and the tag that follows from it: another content, another tag."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = "pipelines/server"
IMAGE = "serving"
"""Name of the image in a stack's setting ``images``; its repository is ``<stack>/serving``."""
LENGTH = 16


def program() -> dict[str, bytes]:
    """Return the modules that the image runs, by their path in the repository."""
    names = sorted(path.name for path in (ROOT / HERE).glob("*.py"))
    paths = ["pipelines/__init__.py", *(f"{HERE}/{name}" for name in names)]
    return {path: (ROOT / path).read_bytes() for path in paths}


def content() -> dict[str, bytes]:
    """Return all that the image's content hangs on: its recipe, its libraries, its modules."""
    recipe = (f"{HERE}/Dockerfile", f"{HERE}/requirements.lock")
    return program() | {path: (ROOT / path).read_bytes() for path in recipe}


def tag() -> str:
    """Return the image's tag: the beginning of a SHA-256 over names and contents."""
    digest = hashlib.sha256()
    for path, body in sorted(content().items()):
        digest.update(f"{path}\0{len(body)}\0".encode() + body)
    return digest.hexdigest()[:LENGTH]


def image(registry: str, stack: str) -> str:
    """Return the image's URI in a registry (``<account>.dkr.ecr.<region>.amazonaws.com``)."""
    return f"{registry}/{stack}/{IMAGE}:{tag()}"
