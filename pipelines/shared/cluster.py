"""A processing job on SageMaker's Spark image: a step that a cluster of instances runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipelines.settings import BuildSettings
from pipelines.shared.jobs import BUCKET, CODE, DATA, KEY, Code, Input, processing

SPARK = "3.5"
WORD = re.compile(r"[A-Za-z0-9_.:/=-]+|\$\{[a-z_]+\}")
PYTHON = "py312"
RELEASE = "v1.3"
"""Of aws/sagemaker-spark-container; ``requirements-spark.in`` has the libraries that it holds."""
LIBRARY = f"{CODE}/steps.zip"
PROGRAM = f"{DATA}/input/program/spark.py"


def spark(  # noqa: PLR0913 - what the steps differ in
    settings: BuildSettings,
    code: Code,
    image: str,
    step: str,
    *,
    arguments: Sequence[Any],
    inputs: Sequence[Input],
    outputs: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a job that runs a step on the cluster, as :func:`processing` runs one on a machine.

    The image hands its command to a shell unquoted, so arguments are plain words, known when the
    pipeline is compiled, or times.

    Raises:
        ValueError: an argument is not a plain word.
    """
    for argument in arguments:
        if isinstance(argument, str) and not WORD.fullmatch(argument):
            raise ValueError(f"arguments of a Spark step must be plain words, got {argument!r}")
    request = processing(
        settings,
        replace(code, steps=code.library),
        image,
        step,
        arguments=[step, *arguments],
        inputs=[Input(path="program", uri=f"{BUCKET}/{code.program}"), *inputs],
        outputs=outputs,
        isolated=False,  # its hosts talk to one another, to S3 and to Feature Store
    )
    request["AppSpecification"]["ContainerEntrypoint"] = [
        "smspark-submit",
        "--py-files",
        LIBRARY,
        PROGRAM,
    ]
    move(request, settings)
    request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = (
        settings.features_instance_count
    )
    request["StoppingCondition"] = {"MaxRuntimeInSeconds": settings.features_max_seconds}
    return request


def move(request: dict[str, Any], settings: BuildSettings) -> None:
    """Let a job run on the type of instance that makes features, if there is one of their own."""
    if not settings.features_instance_type:
        return
    cluster = request["ProcessingResources"]["ClusterConfig"]
    cluster["InstanceType"] = settings.features_instance_type
    cluster.pop("VolumeKmsKeyId", None)
    if not settings.features_local_storage:
        cluster["VolumeKmsKeyId"] = KEY
