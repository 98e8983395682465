"""One emulator: moto behind our routes, a clock, and the parts that make things run."""

from __future__ import annotations

import contextlib
import importlib
import logging
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from moto.moto_api._internal.models import moto_api_backend
from moto.s3.models import s3_backends

from infra.emulator import managed_policies, processes
from infra.emulator.clock import Clock
from infra.emulator.context import Context
from infra.emulator.dispatch import Dispatcher, Moto
from infra.emulator.transport import Listener
from infra.emulator.work import Work

log = logging.getLogger(__name__)

ACCOUNT_ID: Final = "123456789012"
"""moto's account."""

PARTS: Final = (
    "credentials",
    "admin",
    "bucket_policies",
    "s3_listing",
    "budgets",
    "lambdas",
    "event_sources",
    "apigateway",
    "codebuild",
    "codepipeline",
    "events",
    "scheduler",
    "alarms",
    "messaging",
    "containers",
    "quotas",
    "jobs",
    "pipelines",
    "feature_store",
    "hosting",
    "autoscaling",
    "registry",
    "lineage",
    "experiments",
    "model_cards",
    "mlflow",
    "studio",
    "kubernetes",
    "tags",
)
"""Modules of this package with an ``install(context)``, in the order of installation."""


_REST_SECONDS = 5.0


class Emulator:
    """AWS as far as this platform uses it, on a port of 127.0.0.1.

    moto keeps its state in the process: one emulator at a time, and each begins empty. The clock
    moves the whole process (see ``clock.py``) and gives it real time back when the emulator stops.
    """

    def __init__(
        self,
        home: Path | None = None,
        workspace: Path | None = None,
        clock_start: datetime | None = None,
        port: int = 0,
        *,
        parts: Sequence[str] = PARTS,
    ) -> None:
        """Take ``home`` to make the scratch directory in, port 0 for any free one."""
        self._parts = parts
        self._home = home
        self._workspace = workspace or Path.cwd()
        self._clock_start = clock_start
        self._port = port
        self._cleanup: contextlib.ExitStack | None = None
        self.context: Context

    @property
    def endpoint_url(self) -> str:
        """Return where boto3 reaches the emulator."""
        return self.context.endpoint_url

    def start(self) -> Self:
        """Listen and install every part.

        Raises:
            OSError: the port is taken.
        """
        with contextlib.ExitStack() as cleanup:
            home = self._make_home(cleanup)
            work = Work()
            clock = Clock(work, start=self._clock_start, at_rest=self._call_settled)
            self.context = context = Context(
                home=home,
                workspace=self._workspace,
                account_id=ACCOUNT_ID,
                clock=clock,
                work=work,
            )
            cleanup.callback(self._end_processes)
            cleanup.callback(self._call_on_stop)
            cleanup.callback(work.stop)
            cleanup.callback(clock.stop)
            managed_policies.install(context)
            cleanup.callback(_forget_names)
            moto_api_backend.reset()
            _forget_names()
            listener = Listener(Dispatcher(context.routes, Moto()), self._port)
            cleanup.callback(listener.stop)
            context.endpoint_url = f"http://127.0.0.1:{listener.port}"
            for part in self._parts:
                _install(part, context)
            self._cleanup = cleanup.pop_all()
        return self

    def stop(self) -> None:
        """Close the port, end what runs, remove the scratch directory; does nothing twice."""
        if self._cleanup is not None:
            self._cleanup.close()
            self._cleanup = None

    def settle(self, *, timeout: float = 900.0) -> None:
        """Wait until nothing runs and what AWS would buffer has been written.

        Raises:
            TimeoutError: something still runs after ``timeout`` seconds of real time.
        """
        self.context.clock.settle(timeout=timeout)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def _make_home(self, cleanup: contextlib.ExitStack) -> Path:
        if self._home is not None:
            self._home.mkdir(parents=True, exist_ok=True)
        home = Path(tempfile.mkdtemp(prefix="emulator-", dir=self._home))
        cleanup.callback(shutil.rmtree, home, ignore_errors=True)
        return home

    def _end_processes(self) -> None:
        """Kill what the parts left, and let work under way find out before others may start any."""
        processes.kill_all()
        with contextlib.suppress(TimeoutError):
            self.context.work.wait_idle(timeout=_REST_SECONDS)
        processes.allow()

    def _call_settled(self) -> None:
        for hook in list(self.context.on_settled):
            hook()

    def _call_on_stop(self) -> None:
        for hook in reversed(self.context.on_stop):
            try:
                hook()
            except Exception:
                log.exception("stopping: %s failed", hook)


def _install(part: str, context: Context) -> None:
    importlib.import_module(f"infra.emulator.{part}").install(context)


def _forget_names() -> None:
    """Forget who has which bucket's name, which moto's reset leaves of buckets made meanwhile.

    A name that nobody's bucket has is taken for ever, and asking for it never ends.
    """
    s3_backends.bucket_accounts.clear()
