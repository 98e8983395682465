"""Which version of the model an endpoint serves.

The function is not told: delivering a version changes the endpoint alone, and while an update
moves traffic, only the endpoint knows. So it is asked, seldom, and never at a request's expense.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

FRESH_SECONDS = 5.0
"""What the endpoint said holds this long."""
PATIENCE_SECONDS = 60.0
"""After a failure it is not asked for this long, so that requests do not wait for timeouts."""


class ServedVersion:
    """Remembers the version that an endpoint serves."""

    def __init__(
        self, sagemaker: Callable[[], Any], endpoint: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._sagemaker = sagemaker
        self._endpoint = endpoint
        self._now = now
        self._ask_at = now()
        self._configuration: str | None = None
        self._version = ""
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """Return the number of the model package; empty as long as it could not be learnt."""
        with self._lock:
            if self._now() >= self._ask_at:
                wait = FRESH_SECONDS if self._learn() else PATIENCE_SECONDS
                self._ask_at = self._now() + wait
            return self._version

    def _learn(self) -> bool:
        try:
            sagemaker = self._sagemaker()
            name = sagemaker.describe_endpoint(EndpointName=self._endpoint)["EndpointConfigName"]
            if name != self._configuration:
                self._version = _version(sagemaker, name)
                self._configuration = name
        except (BotoCoreError, ClientError) as error:
            print(f"model version of {self._endpoint} is not known: {error}", flush=True)  # noqa: T201 - Lambda's way to its log
            return False
        return True


def _version(sagemaker: Any, configuration: str) -> str:  # noqa: ANN401 - boto3's
    """Return the version behind an endpoint configuration; neither it nor its model can change.

    Of several variants all versions are named, with commas: any of them may have answered.
    """
    described = sagemaker.describe_endpoint_config(EndpointConfigName=configuration)
    versions = []
    for variant in described["ProductionVariants"]:
        model = sagemaker.describe_model(ModelName=variant["ModelName"])
        arn = str(model["PrimaryContainer"].get("ModelPackageName", ""))
        versions.append(arn.rpartition("/")[2])
    return ",".join(dict.fromkeys(versions))
