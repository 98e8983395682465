"""Runs a training job: channels from S3, a container for each host, model and output to S3."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.emulator.containers.model import Exit
from infra.emulator.jobs import metrics, toolkit
from infra.emulator.jobs.checkpoints import Checkpoints
from infra.emulator.jobs.engine import DAY_SECONDS, Engine, Launch, Stopped, check_exit, write_json
from infra.emulator.jobs.hosts import Hosts
from infra.emulator.jobs.job import Job
from infra.emulator.jobs.transfer import Transfer, gunzip_all, pack, pack_all
from infra.emulator.jobs.warm import CACHE, keep_alive

WAITING = "MaxWaitTimeExceeded"


class Interrupted(Exception):  # noqa: N818 - an end that the job survives
    """Spot capacity was taken away: the job begins again."""


def run(engine: Engine, job: Job, directory: Path) -> None:
    """Do the job's work, as often as its spot capacity is taken away.

    Raises:
        JobError: data could not be moved, or the container failed.
        Stopped: it was stopped, or ran or waited for too long.
    """
    count = job.request["ResourceConfig"].get("InstanceCount", 1)
    engine.warm_pools.claim(job)
    attempt, hosts = 0, None
    try:
        while True:
            attempt += 1
            hosts = Hosts(directory / f"attempt-{attempt}", count)
            try:
                Attempt(engine, job, hosts).run()
            except Interrupted:
                _wait_for_capacity(engine, job)
            else:
                return
    finally:
        engine.warm_pools.retain(job, hosts)


def _wait_for_capacity(engine: Engine, job: Job) -> None:
    """Count the time that the job waits, and let it begin again if it may wait that long.

    Raises:
        Stopped: it may not.
    """
    interruption, job.interruption = job.interruption, None
    waits = interruption.wait_seconds if interruption else 0.0
    allowed = job.request["StoppingCondition"]["MaxWaitTimeInSeconds"]
    job.waited_seconds += waits
    passed = (engine.now() - job.created).total_seconds() + job.waited_seconds
    _tell_time(job)
    if passed > allowed:
        job.pass_to(WAITING, "Maximum wait time exceeded", engine.now())
        raise Stopped(WAITING)
    job.pass_to("Starting", "Starting the training job", engine.now())


def _tell_time(job: Job) -> None:
    """State time trained and time billed; what AWS discounts for spot capacity is not imitated."""
    trained = max(1, round(job.trained_seconds))
    job.details |= {
        "TrainingTimeInSeconds": trained + round(job.waited_seconds),
        "BillableTimeInSeconds": trained,
    }


class Attempt:
    """One start of a training job on instances of its own."""

    def __init__(self, engine: Engine, job: Job, hosts: Hosts) -> None:
        self._engine, self._job, self._hosts = engine, job, hosts
        self._transfer: Transfer = engine.transfer(job)
        self._first = hosts.opt_ml(hosts.names[0])
        config = job.request.get("CheckpointConfig")
        opt_mls = [opt_ml for _, opt_ml, _ in hosts.each()]
        self._checkpoints = Checkpoints(self._transfer, config, opt_mls) if config else None

    def run(self) -> None:
        """Do the work.

        Raises:
            Interrupted: capacity was taken away.
            JobError: data could not be moved, or the container failed.
            Stopped: the job was stopped, or ran for too long.
        """
        engine, job = self._engine, self._job
        job.pass_to("Downloading", "Downloading input data", engine.now())
        self._prepare()
        job.pass_to(
            "Training", "Training image download completed. Training in progress.", engine.now()
        )
        try:
            ended, command = self._train()
        finally:
            self._keep_checkpoints()
        job.trained_seconds += ended.seconds
        _tell_time(job)
        self._measure()
        if job.interruption is not None and ended.terminated and not job.stop_requested:
            job.pass_to("Interrupted", "Training job interrupted", engine.now())
            raise Interrupted
        try:
            check_exit(ended, command)
        except Stopped as stop:
            self._upload()
            status = "MaxRuntimeExceeded" if "MaxRuntime" in str(stop) else "Stopped"
            job.pass_to(status, str(stop), engine.now())
            raise
        except Exception:
            self._upload_output()
            job.pass_to("Failed", "Training job failed", engine.now())
            raise
        self._upload()
        job.pass_to("Completed", "Training job completed", engine.now())

    def _prepare(self) -> None:
        for name, opt_ml, share in self._hosts.each():
            for channel in self._job.request.get("InputDataConfig") or []:
                target = opt_ml / "input" / "data" / channel["ChannelName"]
                self._transfer.fetch(channel["DataSource"]["S3DataSource"], target, share)
                if channel.get("CompressionType", "None") == "Gzip":
                    gunzip_all(target)
            for folder in ("model", "output/data", "code"):
                (opt_ml / folder).mkdir(parents=True, exist_ok=True)
            self._configure(name, opt_ml)
        if keep_alive(self._job):
            self._engine.warm_pools.warm(self._job, self._hosts)
        if self._checkpoints is not None:
            self._checkpoints.begin()

    def _configure(self, name: str, opt_ml: Path) -> None:
        request = self._job.request
        config = opt_ml / "input" / "config"
        kind = request["ResourceConfig"].get("InstanceType", "")
        group = {"instance_group_name": "homogeneousCluster", "instance_type": kind}
        write_json(config / "hyperparameters.json", request.get("HyperParameters") or {})
        channels = request.get("InputDataConfig") or []
        write_json(
            config / "inputdataconfig.json",
            {channel["ChannelName"]: _channel_config(channel) for channel in channels},
        )
        write_json(
            config / "resourceconfig.json",
            {
                **self._hosts.resources(name, kind),
                "current_group_name": "homogeneousCluster",
                "instance_groups": [{**group, "hosts": self._hosts.names}],
                "network_interface_name": "eth0",
            },
        )
        if self._checkpoints is not None:
            write_json(config / "checkpointconfig.json", {"LocalPath": self._checkpoints.local})

    def _train(self) -> tuple[Exit, list[str]]:
        job, request = self._job, self._job.request
        specification = request["AlgorithmSpecification"]
        common: dict[str, str] = {
            "TRAINING_JOB_NAME": job.name,
            "TRAINING_JOB_ARN": job.arn,
            **({"OMP_NUM_THREADS": str(job.threads)} if job.threads else {}),
            **(request.get("Environment") or {}),
        }
        if keep_alive(job):
            common["SAGEMAKER_MANAGED_WARMPOOL_CACHE_DIRECTORY"] = f"/opt/ml/{CACHE}"
        environments: dict[str, Mapping[str, str]] = dict.fromkeys(self._hosts.names, common)
        directory = "/opt/ml"
        if entry := specification.get("ContainerEntrypoint"):
            command = [*entry, *(specification.get("ContainerArguments") or [])]
        else:
            script, where = toolkit.program(job)
            given = toolkit.decode(request.get("HyperParameters") or {})
            own = {key: value for key, value in given.items() if key not in toolkit.OWN}
            command = toolkit.command(script, toolkit.arguments(own))
            directory = "/opt/ml/code"
            for name, opt_ml, _ in self._hosts.each():
                toolkit.fetch_code(self._transfer, where, opt_ml)
                environments[name] = {
                    "PYTHONPATH": directory,
                    **toolkit.environment(job, script, own, name, self._hosts.names),
                    **common,
                }
        limit = request["StoppingCondition"].get("MaxRuntimeInSeconds", DAY_SECONDS)
        launch = Launch(
            image=specification["TrainingImage"],
            command=command,
            environments=environments,
            max_seconds=limit - job.trained_seconds,
            isolated=bool(request.get("EnableNetworkIsolation")),
            directory=directory,
        )
        return self._engine.run_containers(job, self._hosts, launch), command

    def _measure(self) -> None:
        job = self._job
        wanted = (job.request.get("HyperParameters") or {}).get("_tuning_objective_metric")
        job.measured = metrics.values(
            metrics.definitions(job.request, wanted),
            metrics.lines(job, self._engine.context.account_id, self._hosts.names),
        )
        if job.measured:
            job.details["FinalMetricDataList"] = metrics.final(job.measured)

    def _keep_checkpoints(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.finish()

    def _upload(self) -> None:
        """Upload model and output, and say where the model is."""
        self._job.pass_to("Uploading", "Uploading generated training model", self._engine.now())
        uri = self._put_archive("model", "model.tar.gz")
        self._job.details["ModelArtifacts"] = {"S3ModelArtifacts": uri}
        self._upload_output()

    def _upload_output(self) -> None:
        folders = [opt_ml / "output" / "data" for _, opt_ml, _ in self._hosts.each()]
        if any(any(folder.iterdir()) for folder in folders):
            self._put_archive("output/data", "output.tar.gz")

    def _put_archive(self, folder: str, name: str) -> str:
        """Pack a folder of all hosts into one archive; of one name the first host's file stays."""
        output = self._job.request["OutputDataConfig"]
        archive = self._hosts.directory / name
        folders = [opt_ml / folder for _, opt_ml, _ in self._hosts.each()]
        if len(folders) == 1:
            pack(folders[0], archive)
        else:
            pack_all(folders, archive)
        uri = f"{output['S3OutputPath'].rstrip('/')}/{self._job.name}/output/{name}"
        self._transfer.put(archive, uri, kms_key=output.get("KmsKeyId"))
        return uri


def _channel_config(channel: dict[str, Any]) -> dict[str, Any]:
    source = channel["DataSource"]["S3DataSource"]
    return {
        "TrainingInputMode": "File",
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": "None",
        **({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}),
    }
