"""An emulator of the demo's own, which ends with it however it ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from infra.emulator import processes
from infra.emulator.launch import launch

GRACE_SECONDS = 15.0


@contextmanager
def private(root: Path, *, clock: datetime) -> Iterator[str]:
    """Run an emulator for the block and give its endpoint URL; its log is ``.mlops/demo.log``.

    Raises:
        StartError: it did not start.
    """
    home = root / ".mlops" / "demo"
    home.parent.mkdir(exist_ok=True)
    process, endpoint = launch(
        home, workspace=root, log=home.with_suffix(".log"), clock=clock, detached=False
    )
    try:
        yield endpoint
    finally:
        processes.kill(process, grace_seconds=GRACE_SECONDS)
        shutil.rmtree(home, ignore_errors=True)
