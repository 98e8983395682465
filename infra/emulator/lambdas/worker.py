"""The runtime inside a function's process: standard library only, run as a script.

Requests come on standard input and answers leave on the descriptor named by ``_WORKER_REPLY``, each
as two big-endian 32-bit lengths, a JSON header and a payload. What the handler prints goes to the
log; a line of NUL and request id marks where an invocation's output ends.
"""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import resource
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

LENGTHS = struct.Struct(">II")
JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"


class Context:
    """What AWS hands to a handler beside the event."""

    def __init__(self, header: dict[str, Any], received: float) -> None:
        self.aws_request_id = header["request_id"]
        self.invoked_function_arn = header["function_arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline = received + header["timeout_seconds"]

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the handler may still run."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class Log(logging.Handler):
    """Writes what a handler logs as Lambda does, in the function's log format."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        if JSON:
            shown: dict[str, Any] = {
                "timestamp": f"{stamp}Z",
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
                "requestId": self.request_id,
            }
            if record.exc_info:
                shown["stackTrace"] = traceback.format_exception(*record.exc_info)
            sys.stdout.write(json.dumps(shown) + "\n")
        else:
            head = f"[{record.levelname}]\t{stamp}.{int(record.msecs):03d}Z\t{self.request_id}"
            sys.stdout.write(f"{head}\t{self.format(record)}\n")


def say(error: dict[str, Any]) -> None:
    """Write an error that ended an invocation to the log."""
    if JSON:
        sys.stdout.write(json.dumps({"log_level": "ERROR", **error}) + "\n")
        return
    head = f"[ERROR] {error['errorType']}: {error['errorMessage']}\n"
    stack = error["stackTrace"]
    lines = ["Traceback (most recent call last):\n", *stack] if stack else []
    sys.stdout.write(head + "".join(lines))


def failure(
    kind: str, message: str, request_id: str = "", stack: Iterable[str] = ()
) -> dict[str, Any]:
    """Return an error as Lambda words it."""
    return {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": list(stack),
    }


def load(name: str) -> tuple[Callable[[Any, Context], Any] | None, dict[str, Any] | None]:
    """Return the handler and ``None``, or ``None`` and what went wrong."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        return None, failure("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        return None, failure("Runtime.ImportModuleError", text)
    except SyntaxError as error:
        text = f"Syntax error in module '{module_name}': {error}"
        return None, failure("Runtime.UserCodeSyntaxError", text)
    except Exception as error:  # noqa: BLE001 - the user's module may raise anything
        return None, failure(type(error).__name__, str(error), stack=frames(error))
    handler = getattr(module, function_name, None)
    if handler is None:
        text = f"Handler '{function_name}' missing on module '{module_name}'"
        return None, failure("Runtime.HandlerNotFound", text)
    return handler, None


def frames(error: Exception) -> list[str]:
    """Return the stack without this file's own frames."""
    stack = traceback.extract_tb(error.__traceback__)
    mine = (__file__, "<frozen importlib")
    return traceback.format_list([frame for frame in stack if not frame.filename.startswith(mine)])


def run(
    handler: Callable[[Any, Context], Any], payload: bytes, context: Context
) -> tuple[Any, bool]:
    """Return the answer and whether it is an error."""
    try:
        answer = handler(json.loads(payload), context)
    except Exception as error:  # noqa: BLE001 - the user's handler may raise anything
        name = type(error).__name__
        failed = failure(name, str(error), context.aws_request_id, frames(error))
        say(failed)
        return failed, True
    return answer, False


def encode(answer: object, request_id: str, *, failed: bool) -> tuple[bytes, bool]:
    """Return the answer's bytes and whether it is an error."""
    try:
        return json.dumps(answer, ensure_ascii=False).encode(), failed
    except (TypeError, ValueError) as error:
        text = f"Unable to marshal response: {error}"
        return json.dumps(failure("Runtime.MarshalError", text, request_id)).encode(), True


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Return the next request's header and payload, or ``None`` at the end."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    header, payload = LENGTHS.unpack(lengths)
    return json.loads(stream.read(header)), stream.read(payload)


def send(stream: BinaryIO, header: dict[str, Any], payload: bytes) -> None:
    """Answer a request."""
    encoded = json.dumps(header).encode()
    stream.write(LENGTHS.pack(len(encoded), len(payload)) + encoded + payload)
    stream.flush()


def flush(mark: str) -> None:
    """Write out what was printed, then the mark."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(1, f"\0{mark}\n".encode())


def peak_mib() -> int:
    """Return the most memory this program has held; ``getrusage`` would count its parent's, too."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - no pathlib here
            fields = dict(line.split(":", 1) for line in status)
        return int(fields["VmHWM"].split()[0]) // 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024)


def main() -> None:
    """Load the handler, then serve requests until standard input ends."""
    requests: BinaryIO = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(int(os.environ.pop("_WORKER_REPLY")), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # or a killed handler's last words are lost
    log = Log()
    log.setFormatter(logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.INFO if JSON else logging.WARNING, handlers=[log])
    handler, broken = load(os.environ["_HANDLER"])
    while (request := receive(requests)) is not None:
        header, payload = request
        log.request_id = header["request_id"]
        context = Context(header, time.monotonic())
        if handler is not None:
            answer, failed = run(handler, payload, context)
        elif broken is not None:
            answer, failed = broken, True
            say(broken)
        body, failed = encode(answer, context.aws_request_id, failed=failed)
        flush(header["request_id"])
        send(replies, {"failed": failed, "peak_mib": peak_mib()}, body)


if __name__ == "__main__":
    sys.path[:0] = [os.environ["LAMBDA_TASK_ROOT"]]
    sys.argv = sys.argv[:1]
    main()
