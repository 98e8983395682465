"""Captured traffic: what an endpoint was asked and answered, from where SageMaker records it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines.shared.serving import sample
from pipelines.shared.steps import storage, tables


@dataclass(frozen=True)
class Exchange:
    """One request that was answered."""

    asked: bytes
    answered: bytes


def captured(uri: str, since: pd.Timestamp, until: pd.Timestamp) -> list[Exchange]:
    """Return what was asked and answered from ``since`` to before ``until``, in order of the files.

    Left out are requests that the model refused, and those of a check, which nobody made.
    """
    bucket, prefix = storage.split(uri)
    days = pd.date_range(since.floor("D"), until.floor("D"), freq="D")
    months = sorted({day.strftime(f"{prefix}/%Y/%m/") for day in days})
    wanted = {day.strftime(f"{prefix}/%Y/%m/%d/") for day in days}
    keys = [
        key
        for month in months
        for key in storage.listing(bucket, month)
        if key[: len(prefix) + 12] in wanted
    ]
    lines = [
        json.loads(line)
        for body in storage.fetch(bucket, keys)
        for line in body.decode().splitlines()
        if line
    ]
    found = []
    for line in lines:
        if sample.MARK in line["eventMetadata"].get("customAttributes", ()):
            continue
        moment = tables.timestamp(line["eventMetadata"]["inferenceTime"])
        # A request that the model refused has no output.
        if since <= moment < until and "endpointOutput" in line["captureData"]:
            data = line["captureData"]
            found.append(Exchange(_body(data["endpointInput"]), _body(data["endpointOutput"])))
    return found


def _body(side: dict[str, Any]) -> bytes:
    data = str(side["data"])
    return base64.b64decode(data) if side.get("encoding") == "BASE64" else data.encode()
