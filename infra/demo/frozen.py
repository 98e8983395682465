"""The first model version, kept aside: what the year would have been without the loop.

It is scored on the very rows that the endpoint saw, as captured, by the serving code it was
registered with.
"""

from __future__ import annotations

import importlib.util
import json
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from infra.demo.world import World


class FrozenModel:
    """One registered model version, loaded on this machine."""

    def __init__(self, world: World, package_arn: str, folder: Path) -> None:
        package = world.client("sagemaker").describe_model_package(ModelPackageName=package_arn)
        url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
        bucket, _, key = url.removeprefix("s3://").partition("/")
        archive = folder / "model.tar.gz"
        world.client("s3").download_file(bucket, key, str(archive))
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        self._code = _load(folder / "code" / "inference.py")
        self._model = self._code.model_fn(str(folder))

    def score(self, rows: str) -> dict[str, float]:
        """Return the probability by flight for captured rows (``text/csv``)."""
        data = self._code.input_fn(rows, "text/csv")
        answer = self._code.output_fn(self._code.predict_fn(data, self._model), "text/csv")
        text = answer[0] if isinstance(answer, tuple) else answer
        lines = (line.split(",") for line in str(text).splitlines() if line)
        return {flight: float(probability) for flight, probability in lines}


def captured(world: World, since: datetime) -> Iterator[str]:
    """Yield the input of every request captured since then."""
    s3 = world.client("s3")
    bucket = world.outputs["capture_bucket"]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            if item["LastModified"] >= since and item["Key"].endswith(".jsonl"):
                body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
                for line in body.decode().splitlines():
                    yield _input(json.loads(line))


def _input(record: dict[str, Any]) -> str:
    return str(record["captureData"]["endpointInput"]["data"])


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("frozen_inference", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"model archive must hold code/inference.py, got no {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
