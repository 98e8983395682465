"""Processing, training, tuning and transform jobs that really run, as local processes."""

from __future__ import annotations

from infra.emulator.context import Context
from infra.emulator.jobs.api import operations
from infra.emulator.jobs.engine import Engine
from infra.emulator.sagemaker_api import register

_engines: dict[int, Engine] = {}


def install(context: Context) -> None:
    """Answer the job operations until the emulator stops."""
    made = Engine(context)
    _engines[id(context)] = made
    context.on_stop.append(lambda: _engines.__delitem__(id(context)))
    register(context, operations(made))


def engine(context: Context) -> Engine:
    """Return what runs the jobs of this emulator.

    Raises:
        LookupError: the part is not installed in it.
    """
    return _engines[id(context)]
