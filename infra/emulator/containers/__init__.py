"""Runs what SageMaker would run in a container as a local process that sees its own ``/opt/ml``."""

from __future__ import annotations

from infra.emulator.containers.runner import Runner
from infra.emulator.context import Context

_runners: dict[int, Runner] = {}


def install(context: Context) -> None:
    """Give the emulator its runner, and end its processes when it stops."""
    _runners[id(context)] = Runner(context)
    context.on_stop.append(lambda: _runners.pop(id(context)).close())


def runner(context: Context) -> Runner:
    """Return the emulator's runner.

    Raises:
        LookupError: the part is not installed in this emulator.
    """
    return _runners[id(context)]
