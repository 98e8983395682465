"""Which emulator the commands talk to, and how boto3 is told."""

from __future__ import annotations

import os

from infra.cli.root import ROOT
from infra.emulator import daemon

VARIABLE = "AWS_ENDPOINT_URL"


def running() -> str | None:
    """Return the endpoint to use: ``AWS_ENDPOINT_URL``, or that of this folder's emulator."""
    if given := os.environ.get(VARIABLE):
        return given
    found = daemon.running(ROOT)
    return found.url if found else None


def ensure_running() -> str:
    """Return the endpoint to use, starting this folder's emulator where none runs."""
    return os.environ.get(VARIABLE) or daemon.ensure_running(ROOT).url


def aim(endpoint: str) -> None:
    """Have every boto3 client of this process talk to the emulator, with credentials of no account.

    Credentials that are set already stay: a build runs with those of its role.
    """
    os.environ[VARIABLE] = endpoint
    if "AWS_ACCESS_KEY_ID" not in os.environ:
        os.environ["AWS_ACCESS_KEY_ID"] = "mlops"
        os.environ["AWS_SECRET_ACCESS_KEY"] = "mlops"  # noqa: S105 - the emulator's administrator
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
