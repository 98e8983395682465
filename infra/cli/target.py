"""Which emulator the commands talk to, and how boto3 is told."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

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


def clients(stack: str | None, *, aws: bool = False) -> Callable[[str], Any]:
    """Return what makes a boto3 client of a service's name, in the region of ``stack``.

    They ask the emulator where one runs, unless ``aws`` is set. Without a stack the region is the
    environment's, else the emulator's.

    Raises:
        StackError: the stack is unknown or its files break rules.
    """
    import boto3  # noqa: PLC0415 - a second, which --help need not wait for

    from stacks.layers import load  # noqa: PLC0415

    endpoint = None if aws else running()
    if endpoint is not None:
        aim(endpoint)
    elif aws:
        os.environ.pop(VARIABLE, None)
    region = load(stack, ROOT).config.region if stack else None
    session: Any = boto3.Session(region_name=region)
    if session.region_name is None and endpoint is not None:
        session = boto3.Session(region_name="us-east-1")
    return cache(session.client)
