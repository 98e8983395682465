"""boto3 clients of one endpoint and region."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

ACCOUNT_ID = "123456789012"
"""moto's account."""

CONFIG = Config(
    # An operation that moto lacks answers 500, which boto3 would try again and again.
    retries={"total_max_attempts": 1},
    connect_timeout=3,
    read_timeout=120,
    s3={"addressing_style": "path"},
    parameter_validation=True,
)


@cache
def loader() -> Loader:
    """Return the one reader of botocore's service files, which keeps what it has read."""
    reader: Loader = botocore.session.Session().get_component("data_loader")
    return reader


class EndpointClients:
    """Gives boto3 clients that talk to one endpoint URL.

    A process that was started for that endpoint (``AWS_ENDPOINT_URL`` is the same) acts as the
    role it was given; any other with credentials of no account: real ones never leave for here.
    """

    def __init__(
        self, endpoint_url: str, *, region: str = "us-east-1", account_id: str = ACCOUNT_ID
    ) -> None:
        self.endpoint_url = endpoint_url
        self.region = region
        self.account_id = account_id
        core = botocore.session.Session()
        core.register_component("data_loader", loader())
        self._session = boto3.Session(
            **_credentials(endpoint_url), region_name=region, botocore_session=core
        )
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """Return the (cached) client of a boto3 service name."""
        if service not in self._clients:
            self._clients[service] = self._session.client(
                service,  # type: ignore[call-overload]  # any service, by name
                endpoint_url=self.endpoint_url,
                config=CONFIG,
            )
        return self._clients[service]

    def close(self) -> None:
        """Close the connections of every client."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()


def _credentials(endpoint_url: str) -> dict[str, str | None]:
    given = os.environ
    if given.get("AWS_ENDPOINT_URL", "").rstrip("/") != endpoint_url.rstrip("/"):
        return {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return {
        "aws_access_key_id": given.get("AWS_ACCESS_KEY_ID", "local"),
        "aws_secret_access_key": given.get("AWS_SECRET_ACCESS_KEY", "local"),
        "aws_session_token": given.get("AWS_SESSION_TOKEN"),
    }
