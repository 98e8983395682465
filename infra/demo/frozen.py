"""The first model version, kept aside: what the months would have been without the loop.

It is scored on the very rows that the endpoint saw, as captured, by the serving code it was
registered with.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.demo import replay
from infra.demo.script import Script
from infra.demo.world import World
from infra.emulator.containers.images import python_of


class FrozenModel:
    """One registered model version, on this machine."""

    def __init__(self, world: World, package_arn: str, folder: Path, script: Script) -> None:
        package = world.client("sagemaker").describe_model_package(ModelPackageName=package_arn)
        url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
        bucket, _, key = url.removeprefix("s3://").partition("/")
        archive = folder / "model.tar.gz"
        world.client("s3").download_file(bucket, key, str(archive))
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        self._folder = folder
        self._script = script

    def score(self, requests: Iterable[str]) -> dict[str, Any]:
        """Return the prediction by row for captured requests (``text/csv``)."""
        return {
            row: said
            for answer in self._answers(list(requests))
            for row, said in self._script.answered(answer).items()
        }

    def _answers(self, requests: list[str]) -> list[str]:
        if not self._script.environment:
            return replay.answers(self._folder, requests)
        done = subprocess.run(  # noqa: S603 - an interpreter of ours, a file of ours
            [str(python_of(self._script.environment)), "-I", replay.__file__, str(self._folder)],
            input=json.dumps(requests),
            capture_output=True,
            text=True,
            check=True,
        )
        answered: list[str] = json.loads(done.stdout)
        return answered


def captured(world: World, since: datetime) -> Iterator[str]:
    """Yield the input of every request captured since then."""
    since = since.replace(microsecond=0)  # S3 tells whole seconds
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
