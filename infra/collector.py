"""Python's cyclic garbage collector, in processes that hold hundreds of thousands of objects.

The Pulumi SDK's modules, botocore's models and moto's state are all but permanent. Looking through
them at every 700 new objects, and once more as the interpreter ends, took half of ``mlops up``.
"""

from __future__ import annotations

import atexit
import gc

THRESHOLDS = (200_000, 20, 20)
"""New objects between two collections, and how many collections of one generation make the next."""


def collect_rarely() -> None:
    """Collect garbage seldom, and none at the end, when the whole process goes anyway."""
    gc.set_threshold(*THRESHOLDS)
    atexit.register(gc.freeze)
