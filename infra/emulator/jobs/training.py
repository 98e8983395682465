"""Runs a training job: channels from S3, the container, model and output to S3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.emulator.containers.model import Exit
from infra.emulator.jobs import metrics, toolkit
from infra.emulator.jobs.engine import (
    DAY_SECONDS,
    HOST,
    Engine,
    Launch,
    Stopped,
    check_exit,
    write_json,
)
from infra.emulator.jobs.job import Job
from infra.emulator.jobs.processing import host_path
from infra.emulator.jobs.transfer import Transfer, gunzip_all, pack

CHECKPOINTS = "/opt/ml/checkpoints"


def run(engine: Engine, job: Job, directory: Path) -> None:
    """Do the job's work.

    Raises:
        JobError: data could not be moved, or the container failed.
    """
    opt_ml = directory / "ml"
    transfer = engine.transfer(job)
    job.pass_to("Downloading", "Downloading input data", engine.now())
    _download(transfer, job, opt_ml)
    _write_config(job, opt_ml)
    job.pass_to(
        "Training", "Training image download completed. Training in progress.", engine.now()
    )
    ended, command = _train(engine, transfer, job, opt_ml)
    seconds = max(1, round(ended.seconds))
    job.details |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
    wanted = (job.request.get("HyperParameters") or {}).get("_tuning_objective_metric")
    found = metrics.final(
        metrics.definitions(job.request, wanted), metrics.lines(job, engine.context.account_id)
    )
    if found:
        job.details["FinalMetricDataList"] = found
    try:
        check_exit(ended, command)
    except Stopped as stop:
        _upload(engine, transfer, job, opt_ml)
        status = "MaxRuntimeExceeded" if "MaxRuntime" in str(stop) else "Stopped"
        job.pass_to(status, str(stop), engine.now())
        raise
    except Exception:
        _save_checkpoints(transfer, job, opt_ml)
        _upload_output(transfer, job, opt_ml)
        job.pass_to("Failed", "Training job failed", engine.now())
        raise
    _upload(engine, transfer, job, opt_ml)
    job.pass_to("Completed", "Training job completed", engine.now())


def _train(engine: Engine, transfer: Transfer, job: Job, opt_ml: Path) -> tuple[Exit, list[str]]:
    request = job.request
    specification = request["AlgorithmSpecification"]
    environment: dict[str, str] = {
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.arn,
        **({"OMP_NUM_THREADS": str(job.threads)} if job.threads else {}),
        **(request.get("Environment") or {}),
    }
    directory = "/opt/ml"
    if entry := specification.get("ContainerEntrypoint"):
        command = [*entry, *(specification.get("ContainerArguments") or [])]
    else:
        name, where = toolkit.program(job)
        toolkit.fetch_code(transfer, where, opt_ml)
        given = toolkit.decode(request.get("HyperParameters") or {})
        own = {key: value for key, value in given.items() if key not in toolkit.OWN}
        command = toolkit.command(name, toolkit.arguments(own))
        environment = {**toolkit.environment(job, name, own), **environment}
        environment.setdefault("PYTHONPATH", "/opt/ml/code")
        directory = "/opt/ml/code"
    ended = engine.run_container(
        job,
        opt_ml,
        Launch(
            image=specification["TrainingImage"],
            command=command,
            environment=environment,
            max_seconds=request["StoppingCondition"].get("MaxRuntimeInSeconds", DAY_SECONDS),
            isolated=bool(request.get("EnableNetworkIsolation")),
            directory=directory,
        ),
    )
    return ended, command


def _download(transfer: Transfer, job: Job, opt_ml: Path) -> None:
    for channel in job.request.get("InputDataConfig") or []:
        target = opt_ml / "input" / "data" / channel["ChannelName"]
        source = channel["DataSource"]["S3DataSource"]
        if source["S3DataType"] == "ManifestFile":
            transfer.download_manifest(source["S3Uri"], target)
        else:
            transfer.download(source["S3Uri"], target)
        if channel.get("CompressionType", "None") == "Gzip":
            gunzip_all(target)
    for name in ("model", "output/data", "code"):
        (opt_ml / name).mkdir(parents=True, exist_ok=True)
    if checkpoints := job.request.get("CheckpointConfig"):
        local = host_path(opt_ml, checkpoints.get("LocalPath", CHECKPOINTS))
        local.mkdir(parents=True, exist_ok=True)
        if transfer.exists(checkpoints["S3Uri"]):
            transfer.download(checkpoints["S3Uri"], local)


def _write_config(job: Job, opt_ml: Path) -> None:
    config = opt_ml / "input" / "config"
    resources = job.request["ResourceConfig"]
    write_json(config / "hyperparameters.json", job.request.get("HyperParameters") or {})
    write_json(
        config / "inputdataconfig.json",
        {
            channel["ChannelName"]: _channel_config(channel)
            for channel in job.request.get("InputDataConfig") or []
        },
    )
    write_json(
        config / "resourceconfig.json",
        {
            "current_host": HOST,
            "current_instance_type": resources.get("InstanceType", ""),
            "current_group_name": "homogeneousCluster",
            "hosts": [HOST],
            "instance_groups": [
                {
                    "instance_group_name": "homogeneousCluster",
                    "instance_type": resources.get("InstanceType", ""),
                    "hosts": [HOST],
                }
            ],
            "network_interface_name": "eth0",
        },
    )


def _channel_config(channel: dict[str, Any]) -> dict[str, Any]:
    source = channel["DataSource"]["S3DataSource"]
    return {
        "TrainingInputMode": "File",
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": "None",
        **({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}),
    }


def _upload(engine: Engine, transfer: Transfer, job: Job, opt_ml: Path) -> None:
    """Upload checkpoints, model and output, and say where the model is."""
    job.pass_to("Uploading", "Uploading generated training model", engine.now())
    _save_checkpoints(transfer, job, opt_ml)
    output = job.request["OutputDataConfig"]
    archive = opt_ml.parent / "model.tar.gz"
    pack(opt_ml / "model", archive)
    uri = f"{output['S3OutputPath'].rstrip('/')}/{job.name}/output/model.tar.gz"
    transfer.put(archive, uri, kms_key=output.get("KmsKeyId"))
    job.details["ModelArtifacts"] = {"S3ModelArtifacts": uri}
    _upload_output(transfer, job, opt_ml)


def _upload_output(transfer: Transfer, job: Job, opt_ml: Path) -> None:
    data = opt_ml / "output" / "data"
    if not any(data.iterdir()):
        return
    output = job.request["OutputDataConfig"]
    archive = opt_ml.parent / "output.tar.gz"
    pack(data, archive)
    uri = f"{output['S3OutputPath'].rstrip('/')}/{job.name}/output/output.tar.gz"
    transfer.put(archive, uri, kms_key=output.get("KmsKeyId"))


def _save_checkpoints(transfer: Transfer, job: Job, opt_ml: Path) -> None:
    if checkpoints := job.request.get("CheckpointConfig"):
        local = host_path(opt_ml, checkpoints.get("LocalPath", CHECKPOINTS))
        transfer.upload(local, checkpoints["S3Uri"])
