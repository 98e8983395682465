"""The warm processes of every function, at most a few each."""

from __future__ import annotations

import hashlib
import threading
import time
import zipfile
from dataclasses import dataclass
from typing import Any

from infra.emulator.context import Context
from infra.emulator.lambdas.output import LogStream, log_format
from infra.emulator.lambdas.process import Worker
from infra.emulator.lambdas.sandbox import packages, unpack

CONCURRENCY = 2
"""Invocations of one function at the same time; more wait their turn."""


@dataclass(slots=True)
class Warm:
    """A process with its log, and how long it took to start where it has not served yet."""

    worker: Worker
    stream: LogStream
    init_seconds: float | None


class Pool:
    """The processes of one version of one function's code and configuration."""

    def __init__(self, context: Context, function: Any, *, concurrency: int) -> None:  # noqa: ANN401 - moto's
        self._context = context
        self._function = function
        self._idle: list[Warm] = []
        self._free = threading.Semaphore(concurrency)
        self._lock = threading.Lock()
        self._retired = False

    def take(self) -> Warm:
        """Return a process, started if none is idle, once there is room for it."""
        self._free.acquire()
        try:
            with self._lock:
                if self._idle:
                    return self._idle.pop()
            return self._start()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, warm: Warm, *, gone: bool) -> None:
        """Keep the process for the next invocation, unless it is gone or no longer wanted."""
        warm.init_seconds = None
        with self._lock:
            keep = not gone and not self._retired
            if keep:
                self._idle.append(warm)
        if not keep and not gone:
            warm.worker.stop()
        self._free.release()

    def retire(self) -> None:
        """End idle processes now and the others after their invocation."""
        with self._lock:
            self._retired = True
            idle, self._idle = self._idle, []
        for warm in idle:
            warm.worker.stop()

    def _start(self) -> Warm:
        function = self._function
        began = time.monotonic()
        stream = LogStream(
            function.account_id, function.region, function.logs_group_name, str(function.version)
        )
        worker = Worker(
            _code(self._context, function),
            packages(self._context.home),
            _environment(self._context, function, stream),
        )
        return Warm(worker, stream, time.monotonic() - began)


class Pools:
    """Finds the pool for what a function is now."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pools: dict[tuple[str, str], tuple[str, Pool]] = {}
        self._lock = threading.Lock()

    def of(self, function: Any) -> Pool:  # noqa: ANN401 - moto's
        """Return the pool; one of older code or configuration is retired."""
        key = (function.function_arn, str(function.version))
        now = _fingerprint(function)
        with self._lock:
            known, pool = self._pools.get(key, ("", None))
            if pool is not None and known == now:
                return pool
            concurrency = min(CONCURRENCY, int(function.reserved_concurrency or CONCURRENCY))
            fresh = Pool(self._context, function, concurrency=concurrency)
            self._pools[key] = (now, fresh)
        if pool is not None:
            pool.retire()
        return fresh

    def stop(self) -> None:
        """End every process."""
        with self._lock:
            pools = list(self._pools.values())
            self._pools.clear()
        for _, pool in pools:
            pool.retire()


def _fingerprint(function: Any) -> str:  # noqa: ANN401 - moto's
    parts = (
        function.code_sha_256,
        function.handler,
        function.role,
        function.timeout,
        function.memory_size,
        function.reserved_concurrency,
        function.kept_settings,
        sorted(function.environment_vars.items()),
    )
    return repr(parts)


def _code(context: Context, function: Any) -> Any:  # noqa: ANN401 - moto's
    if function.package_type != "Zip" or not str(function.run_time).startswith("python"):
        raise NotImplementedError(
            f"functions run from zip archives with a python runtime, {function.function_name} has "
            f"package type {function.package_type} and runtime {function.run_time}"
        )
    try:
        return unpack(
            context.home, hashlib.sha256(function.code_bytes).hexdigest(), function.code_bytes
        )
    except zipfile.BadZipFile as error:
        raise ValueError(
            f"code of {function.function_name} must be a zip archive: {error}"
        ) from error


def _environment(context: Context, function: Any, stream: LogStream) -> dict[str, str]:  # noqa: ANN401
    return {
        **{name: str(value) for name, value in function.environment_vars.items()},
        **context.environment(function.region, function.role),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_FORMAT": log_format(function),
        "AWS_LAMBDA_LOG_GROUP_NAME": stream.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream.name,
        "_HANDLER": function.handler,
        "TZ": ":UTC",
    }
