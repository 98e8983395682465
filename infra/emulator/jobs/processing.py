"""Runs a processing job: inputs from S3, the container, outputs to S3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.emulator.jobs.engine import DAY_SECONDS, Engine, Launch, check_exit, write_json
from infra.emulator.jobs.hosts import Hosts
from infra.emulator.jobs.job import Job
from infra.emulator.jobs.transfer import Share, Transfer, gunzip_all

EXIT_MESSAGE_LIMIT = 1024


def run(engine: Engine, job: Job, directory: Path) -> None:
    """Do the job's work.

    Raises:
        JobError: data could not be moved, or the container failed.
    """
    request = job.request
    cluster = request["ProcessingResources"]["ClusterConfig"]
    hosts = Hosts(directory, cluster.get("InstanceCount", 1))
    transfer = engine.transfer(job)
    outputs = (request.get("ProcessingOutputConfig") or {}).get("Outputs", [])
    for name, opt_ml, share in hosts.each():
        _write_config(job, opt_ml, hosts.resources(name, cluster["InstanceType"]))
        for item in request.get("ProcessingInputs") or []:
            _download(transfer, item["S3Input"], opt_ml, share)
        for item in outputs:
            host_path(opt_ml, item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
    specification = request["AppSpecification"]
    command = [
        *specification["ContainerEntrypoint"],
        *(specification.get("ContainerArguments") or []),
    ]
    network = request.get("NetworkConfig") or {}
    environment = {
        **(request.get("Environment") or {}),
        "PROCESSING_JOB_NAME": job.name,
        "PROCESSING_JOB_ARN": job.arn,
    }
    stopping = request.get("StoppingCondition") or {}
    ended = engine.run_containers(
        job,
        hosts,
        Launch(
            image=specification["ImageUri"],
            command=command,
            environments=dict.fromkeys(hosts.names, environment),
            max_seconds=stopping.get("MaxRuntimeInSeconds", DAY_SECONDS),
            isolated=bool(network.get("EnableNetworkIsolation")),
        ),
    )
    message = hosts.opt_ml(hosts.names[0]) / "output" / "message"
    if message.is_file():
        job.details["ExitMessage"] = message.read_text(errors="replace")[:EXIT_MESSAGE_LIMIT]
    check_exit(ended, command)
    kms_key = (request.get("ProcessingOutputConfig") or {}).get("KmsKeyId")
    for item in outputs:
        target = item["S3Output"]
        # The first host last: where several write one name, its file stays.
        for name in reversed(hosts.names):
            folder = host_path(hosts.opt_ml(name), target["LocalPath"])
            transfer.upload(folder, target["S3Uri"], kms_key=kms_key)


def host_path(opt_ml: Path, path: str) -> Path:
    """Return where a path under ``/opt/ml`` lies on this machine."""
    return opt_ml / Path(path).relative_to("/opt/ml")


def _download(transfer: Transfer, source: dict[str, Any], opt_ml: Path, share: Share) -> None:
    target = host_path(opt_ml, source["LocalPath"])
    transfer.fetch(source, target, share)
    if source.get("S3CompressionType", "None") == "Gzip":
        gunzip_all(target)


def _write_config(job: Job, opt_ml: Path, resources: dict[str, Any]) -> None:
    config = {**job.request, "ProcessingJobArn": job.arn}
    write_json(opt_ml / "config" / "processingjobconfig.json", config)
    write_json(opt_ml / "config" / "resourceconfig.json", resources)
    (opt_ml / "output").mkdir(parents=True, exist_ok=True)
