"""Access logs: one line for each call, in the stage's own format."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.logs.models import logs_backends
from werkzeug.wrappers import Request, Response

from infra.emulator.apigateway.caller import Caller
from infra.emulator.apigateway.deployed import Method

_VARIABLE = re.compile(r"\$context\.([A-Za-z][A-Za-z0-9.]*)")


@dataclass(slots=True)
class Record:
    """What is known of one call: API Gateway's ``$context`` variables by name."""

    settings: dict[str, Any] | None = None
    """The stage's ``accessLogSettings``; nothing is written without."""
    values: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @property
    def request_id(self) -> str:
        """Return the id of the call."""
        return self.values["requestId"]

    def begin(self, request: Request) -> None:
        """Note what the request itself tells."""
        now = datetime.now(UTC)
        self.values |= {
            "requestId": str(uuid.uuid4()),
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": str(int(now.timestamp() * 1000)),
            "httpMethod": request.method,
            "domainName": request.host,
            "protocol": str(request.environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
            "identity.sourceIp": request.remote_addr or "-",
            "identity.userAgent": request.headers.get("User-Agent", "-"),
        }

    def note_method(self, method: Method) -> None:
        """Note what was called."""
        self.values |= {"resourceId": method.resource_id, "resourcePath": method.resource_path}

    def note_caller(self, caller: Caller | None) -> None:
        """Note who called."""
        if caller is not None:
            self.values |= {
                "identity.userArn": caller.arn,
                "identity.user": caller.access_key_id,
                "identity.caller": caller.access_key_id,
                "identity.accessKey": caller.access_key_id,
            }

    def write(self, response: Response, account_id: str) -> None:
        """Write the line to the log group, where the stage has one that exists."""
        if not self.settings or not self.settings.get("format"):
            return
        milliseconds = str(int((time.monotonic() - self.began) * 1000))
        self.values |= {
            "status": str(response.status_code),
            "responseLength": str(len(response.get_data())),
            "responseLatency": milliseconds,
        }
        line = _VARIABLE.sub(lambda found: self.values.get(found[1], "-"), self.settings["format"])
        destination = str(self.settings["destinationArn"]).split(":")
        if destination[2] != "logs":
            return  # Firehose is not emulated
        region, group = destination[3], destination[6]
        backend: Any = logs_backends[account_id][region]
        if group in backend.groups:
            stream = f"{self.values.get('apiId', '-')}_{self.values.get('stage', '-')}"
            backend.ensure_log_stream(group, stream)
            event = {"timestamp": int(self.values["requestTimeEpoch"]), "message": line}
            backend.put_log_events(group, stream, [event])
