"""One model in one process, and the connections over which it is asked."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.emulator import containers
from infra.emulator.containers import own_server
from infra.emulator.containers.images import SERVING, family_of, repository_of
from infra.emulator.containers.model import Container, ContainerError
from infra.emulator.context import Context
from infra.emulator.hosting.connections import Connections, Reply
from infra.emulator.hosting.errors import StartError, UnreachableError
from infra.emulator.hosting.model_data import download

SERVER: Final = Path(__file__).parent / "server" / "serve.py"
PING_SECONDS: Final = 240.0
"""Real time a container has to answer ``/ping``, where its variant does not say."""
INVOKE_SECONDS: Final = 60.0
"""SageMaker's limit for a real-time answer."""
_FOREVER = 10 * 365 * 86_400.0
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Served:
    """A model as a variant serves it."""

    endpoint: str
    variant: str
    model: str
    container: Mapping[str, Any]
    """``ContainerDefinition`` with image and model data, whatever package they came from."""
    region: str
    role_arn: str
    isolated: bool
    startup_seconds: float


class ModelServer:
    """A container that answers ``/ping`` and ``/invocations``."""

    def __init__(self, context: Context, served: Served) -> None:
        self.served = served
        self._context = context
        self._home = context.home / "hosting" / str(next(_numbers))
        self._address = str(self._home / "s")
        self._process: Any = None
        self._connections = Connections(self._address)
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._active = self._busiest = 0
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Tell whether it takes no more requests."""
        return self._stopped

    def start(self) -> None:
        """Download the model, start its container, wait until it answers.

        Raises:
            StartError: it cannot be downloaded, its process ends, or it does not answer in time.
        """
        served = self.served
        opt_ml = self._home / "ml"
        download(
            self._context,
            served.container,
            opt_ml / "model",
            region=served.region,
            role_arn=served.role_arn,
        )
        try:
            family = family_of(served.container["Image"]).name
            self._process = containers.runner(self._context).start(self._container(opt_ml, family))
        except ContainerError as error:
            raise StartError(str(error)) from error
        self._wait_for_ping()

    def busiest(self) -> int:
        """Return how many requests were under way at once since this was asked last."""
        with self._lock:
            found, self._busiest = self._busiest, self._active
        return max(found, 1)

    def invoke(
        self,
        body: bytes,
        content_type: str,
        accept: str,
        extra: str = "",
        *,
        seconds: float = INVOKE_SECONDS,
    ) -> Reply:
        """Ask the model; ``extra`` are header lines to pass on.

        Raises:
            UnreachableError: no answer, or none within ``seconds``.
        """
        head = (
            f"POST /invocations HTTP/1.1\r\nHost: model\r\n"
            f"Content-Type: {content_type}\r\nAccept: {accept}\r\n"
            f"Content-Length: {len(body)}\r\n{extra}\r\n"
        )
        with self._lock:
            if self._stopped:
                raise UnreachableError(f"model {self.served.model} is stopped")
            self._active += 1
            self._busiest = max(self._busiest, self._active)
        try:
            return self._ask(head.encode("latin-1") + body, seconds)
        finally:
            with self._lock:
                self._active -= 1
                self._idle.notify_all()

    def stop(self, *, drain: bool = True) -> None:
        """End the process, once no request is under way, and remove what it had."""
        with self._lock:
            self._stopped = True
            if drain:
                self._idle.wait_for(lambda: not self._active, INVOKE_SECONDS)
        self._connections.close()
        if self._process is not None:
            self._process.terminate()
        shutil.rmtree(self._home, ignore_errors=True)

    def _container(self, opt_ml: Path, family: str) -> Container:
        served = self.served
        image = served.container["Image"]
        command: tuple[str, ...] = ("python", str(SERVER), family, self._address)
        ours: dict[str, str] = {}
        if repository_of(image) == SERVING:
            command = own_server.COMMAND
            ours = {**own_server.write(self._home / "image"), "SERVER_SOCKET": self._address}
        return Container(
            image=image,
            command=command,
            environment={
                "SM_MODEL_DIR": "/opt/ml/model",
                "SAGEMAKER_REGION": served.region,
                **(served.container.get("Environment") or {}),
                **ours,
            },
            opt_ml=opt_ml,
            log_group=f"/aws/sagemaker/Endpoints/{served.endpoint}",
            log_stream=f"{served.variant}/{self._home.name}",
            timeout_seconds=_FOREVER,
            role_arn=None if served.isolated else served.role_arn,
            region=served.region,
            grace_seconds=2.0,
        )

    def _wait_for_ping(self) -> None:
        deadline = time.monotonic() + self.served.startup_seconds
        while time.monotonic() < deadline and not self._stopped:
            if not self._process.running():
                ended = self._process.wait()
                tail = " | ".join(line for line in ended.tail[-3:] if line.strip())
                raise StartError(f"{self._no_ping()} It exited with {ended.code}: {tail}")
            if Path(self._address).exists():
                try:
                    if self._ask(b"GET /ping HTTP/1.1\r\nHost: model\r\n\r\n").status == 200:  # noqa: PLR2004 - OK
                        return
                except UnreachableError:
                    continue
            time.sleep(0.01)
        raise StartError(self._no_ping())

    def _no_ping(self) -> str:
        return (
            f"The primary container for production variant {self.served.variant} did not pass the "
            "ping health check. Please check CloudWatch logs for this endpoint."
        )

    def _ask(self, request: bytes, seconds: float = INVOKE_SECONDS) -> Reply:
        try:
            return self._connections.ask(request, seconds)
        except OSError as error:
            raise UnreachableError(f"model {self.served.model}: {error}") from error
