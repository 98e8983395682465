"""Who is told when a step has ended."""

from __future__ import annotations

import logging
from collections.abc import Callable

from infra.emulator.pipelines.execution import Execution, StepRun, StepStatus

log = logging.getLogger(__name__)

Callback = Callable[[Execution, StepRun, StepStatus], None]
_callbacks: list[Callback] = []


def on_step_finished(callback: Callback) -> Callable[[], None]:
    """Call ``callback(execution, step, status)`` after each step; returns what takes it back.

    The step has its definition, resolved ``arguments``, the ``described`` output; its own status
    becomes ``status`` only afterwards.
    """
    _callbacks.append(callback)
    return lambda: _callbacks.remove(callback)


def finished(execution: Execution, run: StepRun, status: StepStatus) -> None:
    """Tell that a step ended; a callback that fails is logged."""
    for callback in list(_callbacks):
        try:
            callback(execution, run, status)
        except Exception:
            log.exception("hook after step %s", run.name)
