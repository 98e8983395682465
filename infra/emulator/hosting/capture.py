"""Data capture: what an endpoint was asked and what it answered, as JSON lines on S3."""

from __future__ import annotations

import base64
import itertools
import json
import logging
import random
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from infra.emulator.context import Context
from infra.emulator.hosting.connections import Reply
from infra.emulator.quiet import Quiet

log = logging.getLogger(__name__)

_MODES = {"Input": {"INPUT"}, "Output": {"OUTPUT"}, "InputAndOutput": {"INPUT", "OUTPUT"}}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller sent."""

    body: bytes
    content_type: str
    inference_id: str | None
    custom_attributes: str | None


class Capture:
    """The capture of one deployment of an endpoint; what it holds is soon written."""

    def __init__(
        self,
        context: Context,
        *,
        endpoint: str,
        region: str,
        role_arn: str,
        config: Mapping[str, Any],
    ) -> None:
        self._context = context
        self._region = region
        self._role_arn = role_arn
        self._config = config
        address = urlsplit(config["DestinationS3Uri"])
        self._bucket = address.netloc
        self._prefix = "/".join(part for part in (address.path.strip("/"), endpoint) if part)
        options = config.get("CaptureOptions") or []
        self._modes = {mode for option in options for mode in _MODES[option["CaptureMode"]]}
        headers = config.get("CaptureContentTypeHeader") or {}
        self._encodings = dict.fromkeys(headers.get("CsvContentTypes") or [], "CSV")
        self._encodings |= dict.fromkeys(headers.get("JsonContentTypes") or [], "JSON")
        self._lines: list[tuple[str, datetime, dict[str, Any]]] = []
        self._lock = threading.Lock()
        self._random = random.Random(endpoint)  # noqa: S311 - samples traffic
        self._quiet = Quiet(context, f"data capture of {endpoint}", self.flush, limit=500)

    def describe(self) -> dict[str, Any]:
        """Return DescribeEndpoint's ``DataCaptureConfig``."""
        enabled = bool(self._config.get("EnableCapture"))
        return {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": self._config["InitialSamplingPercentage"],
            "DestinationS3Uri": self._config["DestinationS3Uri"],
            "KmsKeyId": self._config.get("KmsKeyId", ""),
        }

    def wants(self) -> bool:
        """Decide whether a request is one of the sample."""
        percentage: int = self._config["InitialSamplingPercentage"]
        return bool(self._config.get("EnableCapture")) and (
            self._random.uniform(0, 100) < percentage
        )

    def add(self, variant: str, asked: Asked, reply: Reply) -> None:
        """Keep a request and its answer; a request that the model refused has none."""
        now = self._context.clock.now()
        data: dict[str, Any] = {}
        if "INPUT" in self._modes:
            data["endpointInput"] = self._part("INPUT", asked.content_type, asked.body)
        if "OUTPUT" in self._modes and reply.status < 400:  # noqa: PLR2004 - HTTP's classes
            data["endpointOutput"] = self._part("OUTPUT", reply.content_type, reply.body)
        metadata: dict[str, Any] = {
            # Each capture's own: nothing documents a shadow's to be that of production's.
            "eventId": str(uuid.uuid4()),
            "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if asked.inference_id:
            metadata["inferenceId"] = asked.inference_id
        if asked.custom_attributes:
            metadata["customAttributes"] = [asked.custom_attributes]
        line = {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}
        with self._lock:
            self._lines.append((variant, now, line))
        self._quiet.added(1)

    def flush(self) -> None:
        """Write one file for each variant and hour."""
        with self._lock:
            lines, self._lines = self._lines, []

        def place(line: tuple[str, datetime, dict[str, Any]]) -> str:
            return f"{line[0]}/{line[1]:%Y/%m/%d/%H}"

        for folder, members in itertools.groupby(sorted(lines, key=place), key=place):
            content = list(members)
            name = f"{content[0][1]:%M-%S-%f}-{uuid.uuid4()}.jsonl"
            body = "".join(json.dumps(line) + "\n" for _, _, line in content)
            self._write(f"{self._prefix}/{folder}/{name}", body)

    def close(self) -> None:
        """Write what is left and stop."""
        self.flush()
        self._quiet.close()

    def _write(self, key: str, body: str) -> None:
        encryption = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._config["KmsKeyId"]}
            if self._config.get("KmsKeyId")
            else {}
        )
        try:
            self._context.client("s3", self._region, role_arn=self._role_arn).put_object(
                Bucket=self._bucket, Key=key, Body=body.encode(), **encryption
            )
        except (BotoCoreError, ClientError) as error:
            # As on AWS, where an endpoint that may not write its capture goes on serving.
            log.warning(
                "data capture s3://%s/%s as %s: %s", self._bucket, key, self._role_arn, error
            )

    def _part(self, mode: str, content_type: str, body: bytes) -> dict[str, str]:
        # SageMaker captures as base64 what the configuration does not call CSV or JSON.
        encoding = self._encodings.get(content_type.split(";", maxsplit=1)[0].strip(), "BASE64")
        plain = encoding != "BASE64"
        return {
            "observedContentType": content_type,
            "mode": mode,
            "data": body.decode("utf-8", "replace") if plain else base64.b64encode(body).decode(),
            "encoding": encoding,
        }
