"""MLflow's REST API: requests go to a real MLflow, started when its server is first asked.

AWS has one host for all servers of a region and tells them apart by a header. Requests must be
signed for ``sagemaker-mlflow``; what the signer may do is not checked, as nowhere but at API
Gateway.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import time
from pathlib import Path
from typing import Final

import urllib3
from moto.sagemaker.models import sagemaker_backends
from werkzeug.wrappers import Request, Response

from infra.emulator import processes
from infra.emulator.context import Context
from infra.emulator.mlflow.servers import TrackingServer, servers
from infra.emulator.refusal import scope

HEADER: Final = "x-mlflow-sm-tracking-server-arn"
SIGNED_FOR: Final = "sagemaker-mlflow"
SERVER: Final = Path(__file__).parent / "server.py"
START_SECONDS: Final = 120.0
_NOT_PASSED = {"host", "connection", "content-length", "transfer-encoding", "authorization"}


class DataPlane:
    """Answers MLflow's paths, and those below ``/_aws/mlflow/REGION/SERVER`` for a browser."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._running: dict[str, _Mlflow] = {}
        self._lock = threading.Lock()
        self._http = urllib3.PoolManager(maxsize=8)

    def __call__(self, request: Request) -> Response | None:
        """Pass a request on; ``None`` where it is none of MLflow's."""
        arn = request.headers.get(HEADER)
        path = request.path
        if path.startswith("/_aws/mlflow/"):
            region, name, path = (path.removeprefix("/_aws/mlflow/") + "//").split("/", 2)
            found = servers(sagemaker_backends[self._context.account_id][region]).get(name)
            path = "/" + path.rstrip("/")
        elif arn is None or not path.startswith(("/api/", "/ajax-api/")):
            return None
        else:
            if scope(request.environ)[0] != SIGNED_FOR:
                return _refused(403, "PERMISSION_DENIED", f"sign requests for {SIGNED_FOR}")
            found = self._named(arn)
        if found is None:
            return _refused(404, "RESOURCE_DOES_NOT_EXIST", f"no tracking server {arn or name}")
        if not found.active:
            return _refused(503, "TEMPORARILY_UNAVAILABLE", f"{found.arn} is {found.status}")
        if importlib.util.find_spec("mlflow") is None:
            return _refused(
                501,
                "NOT_IMPLEMENTED",
                "the emulator runs MLflow only where the package mlflow is installed",
            )
        return self._pass_on(self._mlflow(found), path, request)

    def stop(self) -> None:
        """End every MLflow."""
        with self._lock:
            for one in self._running.values():
                processes.kill(one.process)
            self._running.clear()
        self._http.clear()

    def _named(self, arn: str) -> TrackingServer | None:
        parts = arn.split(":")
        if len(parts) != 6:  # noqa: PLR2004 - of an ARN
            return None
        backend = sagemaker_backends[self._context.account_id][parts[3]]
        return servers(backend).get(parts[5].partition("/")[2])

    def _mlflow(self, server: TrackingServer) -> _Mlflow:
        with self._lock:
            if server.arn not in self._running:
                home = self._context.home / "mlflow" / server.name
                region = server.arn.split(":")[3]
                role = str(server.asked["RoleArn"])
                environment = self._context.environment(region, role)
                self._running[server.arn] = _Mlflow(home, server, environment)
            return self._running[server.arn]

    def _pass_on(self, mlflow: _Mlflow, path: str, request: Request) -> Response:
        query = request.query_string.decode()
        url = f"http://127.0.0.1:{mlflow.port}{path}{'?' + query if query else ''}"
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _NOT_PASSED}
        answer = self._http.request(
            request.method, url, body=request.get_data(), headers=headers, redirect=False
        )
        kept = [
            (k, v) for k, v in answer.headers.items() if k.lower() in {"content-type", "location"}
        ]
        return Response(answer.data, answer.status, kept)


class _Mlflow:
    """One MLflow process with a database of its own."""

    def __init__(self, home: Path, server: TrackingServer, environment: dict[str, str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        where = home / "port"
        command = [sys.executable, str(SERVER), str(home), server.asked["ArtifactStoreUri"]]
        with (home / "log").open("wb") as log:
            self.process = processes.start(
                command, environment=environment, cwd=home, stdout=log, stderr=log
            )
        end = time.monotonic() + START_SECONDS
        while not where.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                said = (home / "log").read_text(errors="replace")[-2000:]
                processes.kill(self.process)
                raise RuntimeError(f"MLflow did not start: {said}")
            time.sleep(0.05)
        self.port = int(where.read_text())


def _refused(status: int, code: str, message: str) -> Response:
    """Return an error as MLflow words it."""
    body = json.dumps({"error_code": code, "message": message})
    return Response(body, status, {"Content-Type": "application/json"})
