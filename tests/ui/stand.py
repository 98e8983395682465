"""A page with some history behind it, until standard input ends: for a browser's tests.

python -m tests.ui.stand
"""

from __future__ import annotations

import sys

from infra.emulator.server import Emulator
from tests.ui.history import PARTS, START, fill
from tests.ui.serving import served


def main() -> None:
    """Tell the page's address in one line, and serve it."""
    with Emulator(clock_start=START, parts=PARTS) as emulator:
        fill(emulator)
        url = emulator.endpoint_url
        with served(lambda: url, refresh_seconds=5) as address:
            print(address, flush=True)  # noqa: T201 - what starts this reads it
            sys.stdin.read()


if __name__ == "__main__":
    main()
