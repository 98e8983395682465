"""``python -m infra.emulator``: an emulator in the foreground, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from infra.collector import collect_rarely
from infra.emulator import processes
from infra.emulator.server import Emulator

STOP_SECONDS = 15.0
"""What is not stopped by then is killed; a second signal kills at once."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run; print one line of JSON with ``endpoint_url`` and ``pid`` once it listens."""
    asked = _parse(arguments)
    collect_rarely()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    ended = threading.Event()

    def end(*_: object) -> None:
        if ended.is_set():
            os._exit(1)
        ended.set()
        threading.Thread(target=_watch, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    emulator = Emulator(
        home=asked.home, workspace=asked.workspace, clock_start=asked.clock, port=asked.port
    )
    with emulator:
        ready = {"endpoint_url": emulator.endpoint_url, "pid": os.getpid()}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        ended.wait()
    sys.stdout.flush()
    os._exit(0)  # not waiting for threads of work that was cut short


def _watch() -> None:
    """End the process by force when it does not end by itself; its children go with it."""
    time.sleep(STOP_SECONDS)
    processes.kill_all()
    os._exit(1)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--home", type=Path, help="where to make the scratch directory")
    parser.add_argument(
        "--workspace", type=Path, help="what CodeBuild projects build; default: here"
    )
    parser.add_argument("--clock", type=_moment, help="ISO time at which the clock starts")
    return parser.parse_args(arguments)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    main()
