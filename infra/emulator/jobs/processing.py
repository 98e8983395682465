"""Runs a processing job: inputs from S3, the container, outputs to S3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.emulator.jobs.engine import DAY_SECONDS, HOST, Engine, Launch, check_exit, write_json
from infra.emulator.jobs.job import Job
from infra.emulator.jobs.transfer import Transfer, gunzip_all

EXIT_MESSAGE_LIMIT = 1024


def run(engine: Engine, job: Job, directory: Path) -> None:
    """Do the job's work.

    Raises:
        JobError: data could not be moved, or the container failed.
    """
    request = job.request
    opt_ml = directory / "ml"
    transfer = engine.transfer(job)
    outputs = (request.get("ProcessingOutputConfig") or {}).get("Outputs", [])
    _write_config(job, opt_ml)
    for item in request.get("ProcessingInputs") or []:
        _download(transfer, item["S3Input"], opt_ml)
    for item in outputs:
        host_path(opt_ml, item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
    specification = request["AppSpecification"]
    command = [
        *specification["ContainerEntrypoint"],
        *(specification.get("ContainerArguments") or []),
    ]
    network = request.get("NetworkConfig") or {}
    ended = engine.run_container(
        job,
        opt_ml,
        Launch(
            image=specification["ImageUri"],
            command=command,
            environment={
                **(request.get("Environment") or {}),
                "PROCESSING_JOB_NAME": job.name,
                "PROCESSING_JOB_ARN": job.arn,
            },
            max_seconds=(request.get("StoppingCondition") or {}).get(
                "MaxRuntimeInSeconds", DAY_SECONDS
            ),
            isolated=bool(network.get("EnableNetworkIsolation")),
        ),
    )
    message = opt_ml / "output" / "message"
    if message.is_file():
        job.details["ExitMessage"] = message.read_text(errors="replace")[:EXIT_MESSAGE_LIMIT]
    check_exit(ended, command)
    kms_key = (request.get("ProcessingOutputConfig") or {}).get("KmsKeyId")
    for item in outputs:
        target = item["S3Output"]
        transfer.upload(host_path(opt_ml, target["LocalPath"]), target["S3Uri"], kms_key=kms_key)


def host_path(opt_ml: Path, path: str) -> Path:
    """Return where a path under ``/opt/ml`` lies on this machine."""
    return opt_ml / Path(path).relative_to("/opt/ml")


def _download(transfer: Transfer, source: dict[str, Any], opt_ml: Path) -> None:
    target = host_path(opt_ml, source["LocalPath"])
    if source.get("S3DataType", "S3Prefix") == "ManifestFile":
        transfer.download_manifest(source["S3Uri"], target)
    else:
        transfer.download(source["S3Uri"], target)
    if source.get("S3CompressionType", "None") == "Gzip":
        gunzip_all(target)


def _write_config(job: Job, opt_ml: Path) -> None:
    cluster = job.request["ProcessingResources"]["ClusterConfig"]
    config = {**job.request, "ProcessingJobArn": job.arn}
    write_json(opt_ml / "config" / "processingjobconfig.json", config)
    write_json(
        opt_ml / "config" / "resourceconfig.json",
        {
            "current_host": HOST,
            "current_instance_type": cluster["InstanceType"],
            "hosts": [HOST],
        },
    )
    (opt_ml / "output").mkdir(parents=True, exist_ok=True)
