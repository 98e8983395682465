"""The garbage collector of long and of short processes."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 1_000))
from infra.collector import collect_rarely
collect_rarely()
print(gc.isenabled(), gc.get_threshold()[0] > 100_000, gc.get_freeze_count())
"""


def test_it_collects_seldom_and_not_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "0", "True"]
