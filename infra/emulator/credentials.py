"""Who calls: the account itself, or a session of an assumed role."""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.emulator.context import Context

ADMINISTRATORS = {"testing": "testing", "test": "test", "mlops": "mlops"}
"""Access keys (id to secret) that stand for the account's administrator."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials as boto3 takes them."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class Credentials:
    """Clients and environments of one emulator, made once for each role."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._keys: dict[str, Keys] = {}
        self._clients: dict[tuple[str, str, str | None], Any] = {}
        self._lock = threading.RLock()
        self._session: Any = None

    def keys(self, role_arn: str | None) -> Keys:
        """Return the administrator's keys, or those of a session of that role."""
        if role_arn is None:
            return Keys("testing", "testing")
        with self._lock:
            if role_arn not in self._keys:
                self._keys[role_arn] = self._assume(role_arn)
            return self._keys[role_arn]

    def client(self, service: str, region: str, *, role_arn: str | None = None) -> Any:  # noqa: ANN401 - one type per service
        """Return a boto3 client, the same for the same arguments; it never retries."""
        with self._lock:
            key = (service, region, role_arn)
            if key not in self._clients:
                self._clients[key] = self._connect(service, region, self.keys(role_arn))
            return self._clients[key]

    def environment(self, region: str, role_arn: str | None) -> dict[str, str]:
        """Return the variables with which boto3 in a child process reaches the emulator."""
        keys = self.keys(role_arn)
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "LANG", "TMPDIR")
            if name in os.environ
        }
        token = {"AWS_SESSION_TOKEN": keys.session_token} if keys.session_token else {}
        return {
            **kept,
            **token,
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_ENDPOINT_URL": self._context.endpoint_url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def close(self) -> None:
        """Close the connections of every client."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _assume(self, role_arn: str) -> Keys:
        region = "us-east-1"
        name = "mlops-" + hashlib.sha256(role_arn.encode()).hexdigest()[:12]
        answer = self.client("sts", region).assume_role(RoleArn=role_arn, RoleSessionName=name)
        made = answer["Credentials"]
        return Keys(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    def _connect(self, service: str, region: str, keys: Keys) -> Any:  # noqa: ANN401 - one type per service
        import boto3  # noqa: PLC0415 - start-up imports it through moto anyway
        from botocore.config import Config  # noqa: PLC0415

        if self._session is None:
            self._session = boto3.Session()
        return self._session.client(
            service,
            region_name=region,
            endpoint_url=self._context.endpoint_url,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
            config=Config(
                retries={"total_max_attempts": 1},
                max_pool_connections=32,
                s3={"addressing_style": "path"},
                read_timeout=900,
            ),
        )


def install(context: Context) -> None:
    """Give the context its credentials."""
    context.credentials = Credentials(context)
    context.on_stop.append(context.credentials.close)
