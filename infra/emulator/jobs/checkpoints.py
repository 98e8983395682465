"""Checkpoints of a training job: brought from S3 when it starts, mirrored there while it runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from infra.emulator.jobs.job import JobError
from infra.emulator.jobs.processing import host_path
from infra.emulator.jobs.transfer import Transfer

log = logging.getLogger(__name__)

DEFAULT: Final = "/opt/ml/checkpoints"
SECONDS: Final = 0.5
"""Real time between two looks at what was written."""


class Checkpoints:
    """The checkpoint folders of all hosts, and the prefix that they share."""

    def __init__(
        self, transfer: Transfer, config: Mapping[str, Any], opt_mls: Sequence[Path]
    ) -> None:
        self._transfer = transfer
        self._uri = config["S3Uri"]
        self.local = config.get("LocalPath") or DEFAULT
        self._folders = [host_path(opt_ml, self.local) for opt_ml in opt_mls]
        self._seen: dict[Path, tuple[int, int]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._mirror, name="checkpoints", daemon=True)

    def begin(self) -> None:
        """Give every host what is under the prefix, and mirror from then on."""
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
            if self._transfer.exists(self._uri):
                self._transfer.download(self._uri, folder)
            self._changed(folder)
        self._thread.start()

    def finish(self) -> None:
        """Upload what is not there yet.

        Raises:
            JobError: the prefix cannot be written.
        """
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._upload()

    def _mirror(self) -> None:
        while not self._ended.wait(SECONDS):
            try:
                self._upload()
            except (JobError, OSError):  # a file that went meanwhile; the end tells what stays
                log.info("checkpoints not mirrored to %s", self._uri, exc_info=True)

    def _upload(self) -> None:
        # The first host last: where several write one name, its file stays.
        for folder in reversed(self._folders):
            for path in self._changed(folder):
                key = path.relative_to(folder).as_posix()
                self._transfer.put(path, f"{self._uri.rstrip('/')}/{key}")

    def _changed(self, folder: Path) -> list[Path]:
        found = []
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                told = path.stat()
                stamp = (told.st_mtime_ns, told.st_size)
                if self._seen.get(path) != stamp:
                    self._seen[path] = stamp
                    found.append(path)
        return found
