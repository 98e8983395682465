"""What the demo may do: feed data, send traffic, move the clock. Nothing else.

Everything that follows is done by what the stack declares: events, schedules, alarms, pipelines.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from infra.demo.errors import RefusedError
from infra.demo.script import Batch, Script
from infra.emulator.remote import Admin


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """The answer for one row."""

    row: str
    said: Any
    """What is compared with the label."""
    model_version: str


class World:
    """An emulator's clock and the APIs of one stack."""

    def __init__(self, endpoint: str, region: str, outputs: dict[str, Any], script: Script) -> None:
        self.endpoint = endpoint
        self.script = script
        self._admin = Admin(endpoint)
        self.region = region
        self.outputs = outputs
        self.credentials = Credentials("mlops", "mlops")
        self.session = boto3.Session(
            aws_access_key_id=self.credentials.access_key,
            aws_secret_access_key=self.credentials.secret_key,
            region_name=region,
        )

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients have no static type
        """Return a boto3 client of the emulator."""
        make: Any = self.session.client  # typed for literal service names only
        config = Config(retries={"max_attempts": 0}, read_timeout=120)
        return make(service, endpoint_url=self.endpoint, config=config)

    def now(self) -> datetime:
        """Return the emulator's time."""
        return datetime.fromisoformat(self._admin.call("GET", "clock")["now"])

    def under_way(self) -> list[str]:
        """Return what runs in the emulator at this moment."""
        return list(self._admin.status()["work"])

    def advance(self, when: datetime, *, watch: Callable[[list[str]], None] | None = None) -> None:
        """Move the clock to ``when`` and wait for all that this sets off.

        ``watch`` is told some times a second what is under way.
        """
        self._watched(
            lambda: self._admin.call("POST", "clock", {"advance_to": when.isoformat()}), watch
        )

    def settle(self, *, watch: Callable[[list[str]], None] | None = None) -> None:
        """Wait until nothing runs."""
        self._watched(lambda: self._admin.call("POST", "settle"), watch)

    def feed(self, batch: Batch, *, files: Mapping[str, bytes] | None = None) -> None:
        """Deliver a month of raw data, its ``_SUCCESS`` marker last."""
        prefix = f"raw/{self.script.use_case}/batch={batch.month}/"
        s3 = self.client("s3")
        for name, body in {**(files or batch.files), "_SUCCESS": b""}.items():
            s3.put_object(Bucket=self.outputs["raw_bucket"], Key=prefix + name, Body=body)

    def label(self, batch: Batch) -> None:
        """Deliver the ground truth of a month."""
        self.client("s3").put_object(
            Bucket=self.outputs["raw_bucket"],
            Key=f"labels/{self.script.use_case}/batch={batch.month}/labels.csv",
            Body=batch.labels,
        )

    def score(self, batch: Batch, *, done: Callable[[int], None] | None = None) -> list[Prediction]:
        """Ask the scoring API about every row of a month, two requests at a time.

        Raises:
            RefusedError: a request was not answered with 200.
        """

        def ask(request: tuple[int, bytes]) -> list[Prediction]:
            rows, body = request
            answer = self._post(body)
            if done:
                done(rows)
            version = str(answer["model_version"])
            return [
                Prediction(
                    row=one[self.script.identifier],
                    said=self.script.prediction(one),
                    model_version=version,
                )
                for one in answer["predictions"]
            ]

        with ThreadPoolExecutor(2) as pool:
            return [one for answers in pool.map(ask, batch.asked()) for one in answers]

    def _post(self, body: bytes) -> dict[str, Any]:
        url = self.outputs["invoke_url"].rstrip("/") + "/score"
        request = AWSRequest(
            "POST", url, data=body, headers={"Content-Type": "application/jsonlines"}
        )
        SigV4Auth(self.credentials, "execute-api", self.region).add_auth(request)
        answer = requests.post(url, data=body, headers=dict(request.headers), timeout=60)
        if answer.status_code != requests.codes.ok:
            raise RefusedError(f"{url} answered {answer.status_code}: {answer.text[:500]}")
        return json.loads(answer.content)  # type: ignore[no-any-return]

    def _watched(self, act: Callable[[], Any], watch: Callable[[list[str]], None] | None) -> None:
        if watch is None:
            act()
            return
        failure: list[BaseException] = []

        def run() -> None:
            try:
                act()
            except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
                failure.append(error)

        worker = threading.Thread(target=run, daemon=True)
        worker.start()
        while worker.is_alive():
            worker.join(0.25)
            if worker.is_alive():
                watch(self.under_way())
        if failure:
            raise failure[0]
