"""The hosts of a job: a process each, with an ``/opt/ml`` of its own, which reach one another."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.emulator.containers.model import Exit
from infra.emulator.containers.process import Process
from infra.emulator.jobs.transfer import Share

MOST: Final = 16
"""Hosts of a job: each is a process of this machine."""
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts of one attempt at a job."""

    directory: Path
    count: int

    @property
    def names(self) -> list[str]:
        """``algo-1``, ``algo-2``, …."""
        return names(self.count)

    def opt_ml(self, name: str) -> Path:
        """Return what a host sees as ``/opt/ml``."""
        return self.directory / name / "ml"

    def each(self) -> Iterator[tuple[str, Path, Share]]:
        """Yield name, ``/opt/ml`` and share of sharded data of every host."""
        for rank, name in enumerate(self.names):
            yield name, self.opt_ml(name), Share(rank, self.count)

    def write_names(self) -> Path | None:
        """Write the ``/etc/hosts`` of all; ``None`` for a host that is alone.

        Every attempt has loopback addresses of its own: what one left bound is in no other's way.
        """
        if self.count == 1:
            return None
        number = next(_numbers)
        block = f"127.{64 + number // 256 % 128}.{number % 256}"
        lines = [f"{block}.{rank}\t{name}\n" for rank, name in enumerate(self.names, start=1)]
        path = self.directory / "hosts"
        before = Path("/etc/hosts")
        path.write_text((before.read_text() if before.is_file() else "") + "".join(lines))
        return path

    def resources(self, name: str, instance_type: str) -> dict[str, Any]:
        """Return ``resourceconfig.json`` of a host."""
        return {"current_host": name, "current_instance_type": instance_type, "hosts": self.names}


def names(count: int) -> list[str]:
    """Return the names of so many hosts."""
    return [f"algo-{number}" for number in range(1, count + 1)]


def wait(processes: Sequence[Process]) -> Exit:
    """Wait for all hosts; where one fails, end the others. Returns what decided.

    ``seconds`` is that of the host that ran longest.
    """
    if len(processes) == 1:
        return processes[0].wait()
    ended: queue.SimpleQueue[Exit] = queue.SimpleQueue()
    for process in processes:
        threading.Thread(
            target=lambda one=process: ended.put(one.wait()), name="host", daemon=True
        ).start()
    exits = [ended.get()]
    while len(exits) < len(processes):
        if failed(exits[-1]) and not any(failed(one) for one in exits[:-1]):
            end(processes)
        exits.append(ended.get())
    decisive = next((one for one in exits if failed(one)), exits[0])
    return Exit(
        code=decisive.code,
        tail=decisive.tail,
        seconds=max(one.seconds for one in exits),
        timed_out=decisive.timed_out,
        terminated=decisive.terminated,
        failure=decisive.failure,
    )


def failed(ended: Exit) -> bool:
    """Tell whether a host did not do all that it was started for."""
    return ended.code != 0 or ended.terminated or ended.timed_out


def end(processes: Sequence[Process]) -> None:
    """End what still runs, in the background."""
    for process in processes:
        if process.running():
            threading.Thread(target=process.terminate, name="end-host", daemon=True).start()
