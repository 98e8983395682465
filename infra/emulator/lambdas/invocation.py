"""Runs one invocation of a function and writes its log."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from moto.awslambda.models import lambda_backends
from werkzeug.exceptions import HTTPException

from infra.emulator.context import Context, LambdaResult
from infra.emulator.lambdas.output import Report, frame, log_format, tail
from infra.emulator.lambdas.pools import Pools, Warm
from infra.emulator.lambdas.process import Answer, new_request_id

RESPONSE_BYTES = 6_291_556
"""AWS's limit on what a synchronous invocation may answer."""


@dataclass(frozen=True, slots=True)
class Lambdas:
    """Invokes functions; the emulator has one."""

    context: Context
    pools: Pools

    def __call__(self, function_arn: str, payload: bytes) -> LambdaResult:
        """Invoke the function of that ARN (a version's or alias's too) and wait.

        Raises:
            LookupError: there is no such function.
        """
        region = function_arn.split(":")[3]
        return self.invoke(find(self.context, function_arn, region), payload)

    def invoke(
        self,
        function: Any,  # noqa: ANN401 - moto's
        payload: bytes,
        *,
        request_id: str | None = None,
    ) -> LambdaResult:
        """Invoke and wait.

        Raises:
            NotImplementedError: its package or runtime cannot be run here.
        """
        request_id = request_id or new_request_id()
        pool = self.pools.of(function)
        with self.context.work.running(f"lambda {function.function_name}"):
            warm = pool.take()
            gone = True
            try:
                result, gone = _run(function, warm, payload, request_id)
            finally:
                pool.give_back(warm, gone=gone)
        return result


def find(context: Context, name_or_arn: str, region: str, qualifier: str | None = None) -> Any:  # noqa: ANN401 - moto's
    """Return moto's function.

    Raises:
        LookupError: there is none.
    """
    backend = lambda_backends[context.account_id][region]
    try:
        return backend.get_function(_short(name_or_arn), qualifier or _qualifier(name_or_arn))
    except HTTPException as error:
        raise LookupError(f"Function not found: {name_or_arn}") from error


def _short(name_or_arn: str) -> str:
    parts = name_or_arn.split(":")
    if "function" in parts:
        return parts[parts.index("function") + 1]
    return parts[0]


def _qualifier(name_or_arn: str) -> str | None:
    parts = name_or_arn.split(":")
    rest = parts[parts.index("function") + 2 :] if "function" in parts else parts[1:]
    return rest[0] if rest else None


def _run(
    function: Any,  # noqa: ANN401 - moto's
    warm: Warm,
    payload: bytes,
    request_id: str,
) -> tuple[LambdaResult, bool]:
    """Return the result, and whether the process is gone."""
    began = time.monotonic()
    answer = warm.worker.invoke(
        payload or b"{}",
        arn=function.function_arn,
        request_id=request_id,
        timeout=float(function.timeout),
    )
    answer = _within_limit(answer)
    report = Report(
        seconds=time.monotonic() - began,
        init_seconds=warm.init_seconds,
        memory_mib=int(function.memory_size),
        peak_mib=answer.peak_mib,
        status=answer.status,
    )
    version = str(function.version)
    lines = frame(request_id, version, answer.lines, report, log_format(function))
    warm.stream.write(lines)
    error = "Unhandled" if answer.failed else None
    return LambdaResult(answer.payload, error, tail(lines)), answer.status is not None


def _within_limit(answer: Answer) -> Answer:
    if len(answer.payload) <= RESPONSE_BYTES:
        return answer
    body = {
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        f"({RESPONSE_BYTES} bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    return Answer(
        json.dumps(body).encode(), failed=True, peak_mib=answer.peak_mib, lines=answer.lines
    )
