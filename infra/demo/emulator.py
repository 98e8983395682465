"""An emulator of the demo's own, which ends with it however it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from infra.demo.errors import StartError
from infra.emulator import processes

GRACE_SECONDS = 15.0


@contextmanager
def private(root: Path, *, clock: datetime) -> Iterator[str]:
    """Run an emulator for the block and give its endpoint URL; its log is ``.mlops/demo.log``.

    Raises:
        StartError: it did not start.
    """
    home = root / ".mlops" / "demo"
    shutil.rmtree(home, ignore_errors=True)  # left behind by a demo that was killed
    home.mkdir(parents=True)
    log_path = home.with_suffix(".log")
    command = [sys.executable, "-m", "infra.emulator", "--home", str(home)]
    command += ["--workspace", str(root), "--clock", clock.isoformat()]
    with log_path.open("wb") as log:
        process = processes.start(
            command,
            environment=dict(os.environ),
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            tail = log_path.read_text(errors="replace").splitlines()[-12:]
            raise StartError("\n".join([f"the emulator did not start; {log_path} ends:", *tail]))
        yield str(json.loads(line)["endpoint_url"])
    finally:
        processes.kill(process, grace_seconds=GRACE_SECONDS)
        if process.stdout:
            process.stdout.close()
        shutil.rmtree(home, ignore_errors=True)
