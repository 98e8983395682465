"""Runs a transform job: every object through a model's container, answers to S3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.sagemaker.exceptions import ValidationError

from infra.emulator.jobs.engine import Engine, Stopped
from infra.emulator.jobs.job import Job, JobError
from infra.emulator.jobs.transfer import Transfer, gunzip_all
from infra.emulator.sagemaker_api import Call

if TYPE_CHECKING:
    from infra.emulator.hosting.model_server import ModelServer

DEFAULT_PAYLOAD_MB = 6
_OK = 200


@dataclass(frozen=True, slots=True)
class Source:
    """The model that answers."""

    container: Mapping[str, Any]
    role_arn: str
    isolated: bool


def check(call: Call) -> None:
    """Refuse a transform job that is wrong or cannot run here.

    Raises:
        ValidationError: the text names the member.
    """
    request = call.parameters
    if request.get("DataProcessing"):
        raise ValidationError("DataProcessing is not emulated")
    source = request["TransformInput"]
    if source.get("SplitType", "None") not in {"None", "Line"}:
        raise ValidationError(
            f"SplitType {source['SplitType']} is not emulated, only None and Line"
        )
    if source["DataSource"]["S3DataSource"]["S3DataType"] != "S3Prefix":
        raise ValidationError("TransformInput: only S3DataType S3Prefix is emulated")


def prepare(call: Call) -> Source:
    """Find the job's model.

    Raises:
        ValidationError: there is no such model, or it is not one container.
    """
    client = call.context.client("sagemaker", call.region)
    name = call.parameters["ModelName"]
    try:
        model = client.describe_model(ModelName=name)
        container = model.get("PrimaryContainer")
        if not container:
            raise ValidationError(f"model {name}: inference pipelines are not emulated")
        if package := container.get("ModelPackageName"):
            described = client.describe_model_package(ModelPackageName=package)
            container = {**described["InferenceSpecification"]["Containers"][0], **container}
    except ClientError as error:
        raise ValidationError(error.response["Error"]["Message"]) from error
    isolated = bool(model.get("EnableNetworkIsolation"))
    return Source(container, model["ExecutionRoleArn"], isolated)


def run(engine: Engine, job: Job, directory: Path) -> None:
    """Do the job's work.

    Raises:
        JobError: data could not be moved, or the model failed.
    """
    # An emulator without endpoints can still run the other kinds of jobs.
    from infra.emulator.hosting.errors import HostingError  # noqa: PLC0415
    from infra.emulator.hosting.model_server import (  # noqa: PLC0415
        PING_SECONDS,
        ModelServer,
        Served,
    )

    source = job.attached
    if not isinstance(source, Source):
        raise TypeError(f"{job.name} is not a transform job")
    client = engine.context.client("s3", job.region, role_arn=source.role_arn)
    transfer = Transfer(client)
    inputs, outputs = directory / "in", directory / "out"
    transfer.download(job.request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"], inputs)
    if job.request["TransformInput"].get("CompressionType", "None") == "Gzip":
        gunzip_all(inputs)
    served = Served(
        endpoint=job.name,
        variant="transform",
        model=job.request["ModelName"],
        container={
            **source.container,
            "Environment": {
                **(source.container.get("Environment") or {}),
                **(job.request.get("Environment") or {}),
            },
        },
        region=job.region,
        role_arn=source.role_arn,
        isolated=source.isolated,
        startup_seconds=PING_SECONDS,
    )
    server = ModelServer(engine.context, served)
    try:
        server.start()
        for path in sorted(path for path in inputs.rglob("*") if path.is_file()):
            relative = path.relative_to(inputs)
            target = outputs / relative.with_name(f"{relative.name}.out")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"".join(_answers(server, job, path)))
    except HostingError as error:
        raise JobError(f"AlgorithmError: {error}") from error
    finally:
        server.stop()
    output = job.request["TransformOutput"]
    transfer.upload(outputs, output["S3OutputPath"], kms_key=output.get("KmsKeyId"))


def _answers(server: ModelServer, job: Job, path: Path) -> Iterator[bytes]:
    request = job.request
    content_type = request["TransformInput"].get("ContentType", "text/csv")
    output = request["TransformOutput"]
    ending = b"\n" if output.get("AssembleWith") == "Line" else b""
    for body in _payloads(path.read_bytes(), request):
        if job.stop_requested:
            raise Stopped("stopped on request")
        reply = server.invoke(body, content_type, output.get("Accept", content_type))
        if reply.status != _OK:
            text = reply.body[:500].decode(errors="replace")
            raise JobError(f"ClientError: {path.name}: the model answered {reply.status}: {text}")
        yield reply.body.rstrip(b"\n") + ending if ending else reply.body


def _payloads(data: bytes, request: Mapping[str, Any]) -> Iterator[bytes]:
    """Split a file as the job asks: whole, line by line, or lines up to the largest payload."""
    if request["TransformInput"].get("SplitType", "None") == "None":
        yield data
        return
    most = (request.get("MaxPayloadInMB") or DEFAULT_PAYLOAD_MB) * 1_000_000
    single = request.get("BatchStrategy") == "SingleRecord"
    batch: list[bytes] = []
    size = 0
    for line in data.splitlines():
        if batch and (single or size + len(line) + 1 > most):
            yield b"\n".join(batch) + b"\n"
            batch, size = [], 0
        batch.append(line)
        size += len(line) + 1
    if batch:
        yield b"\n".join(batch) + b"\n"
