"""Run a Pulumi program in this process and return everything it declares."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from pulumi.runtime import resource, settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.mocks import MockEngine, MockSettings
from pulumi.runtime.proto.source_pb2 import StackTrace
from pulumi.runtime.stack import run_in_stack

from infra.graph.invokes import offline
from infra.graph.model import ResourceGraph
from infra.graph.monitor import Invokes, RecordingMonitor, References, Registrar

P = ParamSpec("P")
T = TypeVar("T")


def evaluate(  # noqa: PLR0913 - keywords, each with one meaning
    program: Callable[[], object],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str] | None = None,
    registrar: Registrar | None = None,
    invokes: Invokes | None = None,
    preview: bool = False,
    references: References | None = None,
) -> ResourceGraph:
    """Return the graph of what ``program`` declares, once every registration has come in.

    With a ``registrar`` every custom resource is made as it is declared and its outputs flow on;
    without one this is a preview: inputs are echoed, and what AWS computes stays unknown. In a
    ``preview`` with a registrar, what it leaves out is unknown.
    ``config`` is what Pulumi's ``Config`` reads (``namespace:key`` to text); a key without a
    namespace belongs to the project. ``invokes`` answers data sources by token, beside those that
    ``infra.graph.invokes.offline`` answers. ``references`` returns what another stack exports, for
    ``pulumi.StackReference``; without it those values stay unknown.

    Call it from a thread in which no event loop runs. It may be called again and again, and in
    several threads at once.

    Raises:
        Exception: what the program, an ``apply`` of it, or the registrar raised.
        LookupError: a data source that nobody answers, a resource read from elsewhere, or a stack
            referred to that does not stand.
        ValueError: two resources share type, parent and logical name.
    """
    monitor = RecordingMonitor(registrar, {**offline(), **(invokes or {})}, references)
    isolated = contextvars.copy_context()  # Pulumi keeps settings, config and the stack in context
    with _uncollected(), _unplaced():
        preview = preview or registrar is None
        isolated.run(_run, program, monitor, project, stack, config or {}, preview=preview)
    if monitor.unreadable is not None:
        raise monitor.unreadable
    return ResourceGraph(
        project=project,
        stack=stack,
        resources=monitor.recorded,
        outputs=monitor.stack_outputs,
        secret_outputs=monitor.secret_outputs,
        component_outputs=monitor.outputs,
    )


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Hold garbage collection off.

    A resource leaves hundreds of futures that live until the program ends; looking through them,
    and through pulumi_aws's classes, again and again took two thirds of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


_stack_trace = resource._get_stack_trace


@contextlib.contextmanager
def _unplaced() -> Iterator[None]:
    """Leave out from which lines each resource was declared.

    The monitor records none, and reading them off the stack took a tenth of the time.
    """
    resource._get_stack_trace = StackTrace
    try:
        yield
    finally:
        resource._get_stack_trace = _stack_trace


def _run(  # noqa: PLR0913 - evaluate, in a context of its own
    program: Callable[[], object],
    monitor: RecordingMonitor,
    project: str,
    stack: str,
    config: Mapping[str, str],
    *,
    preview: bool,
) -> None:
    settings.ROOT.set(None)
    values = {
        key if ":" in key else f"{project}:{key}": _text(value) for key, value in config.items()
    }
    set_all_config(values, [])
    settings.configure(
        MockSettings(  # type: ignore[no-untyped-call]  # Pulumi leaves it untyped
            monitor=monitor,
            monitor_features=set(),
            engine=MockEngine(None),
            project=project,
            stack=stack,
            dry_run=preview,
            organization=None,
            callbacks=None,
            outputs=set(),
            lock=threading.Lock(),
            package_refs={},
            base_providers_by_ref={},
        )
    )
    failures: list[BaseException] = []

    def call() -> None:
        try:
            program()
        except BaseException as failure:
            failures.append(failure)
            raise

    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        loop.set_default_executor(_Inline())
        # A failing program leaves futures that nobody asks; the failure itself is raised.
        loop.set_exception_handler(lambda *_: None)
        try:
            runner.run(run_in_stack(call))
        except BaseException:
            if failures:  # the program's own error, not what waiting for its leftovers met
                raise failures[0] from failures[0].__cause__
            raise


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class _Inline(ThreadPoolExecutor):
    """Runs calls to the monitor where they are made: no thread, no second event loop, in order."""

    def __init__(self) -> None:
        super().__init__(1)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as failure:  # noqa: BLE001 - handed to whoever awaits the call
            future.set_exception(failure)
        return future
