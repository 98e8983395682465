"""Script mode: what the training toolkit inside AWS's framework images does before the script."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from infra.emulator.jobs.job import Job, JobError
from infra.emulator.jobs.transfer import Transfer, unpack

OWN = frozenset(
    {
        "sagemaker_program",
        "sagemaker_submit_directory",
        "sagemaker_container_log_level",
        "sagemaker_job_name",
        "sagemaker_region",
        "sagemaker_s3_output",
        "sagemaker_estimator_class_name",
        "sagemaker_estimator_module",
        "_tuning_objective_metric",
    }
)
"""Hyperparameters for the toolkit, which the script does not see."""


def decode(raw: Mapping[str, str]) -> dict[str, Any]:
    """Return hyperparameters as values: SageMaker sends strings, the SDK writes JSON into them."""
    return {name: _decode(value) for name, value in raw.items()}


def program(job: Job) -> tuple[str, str | None]:
    """Return the script and where its archive is, ``None`` for code that is in the container."""
    given = decode(job.request.get("HyperParameters") or {})
    environment = job.request.get("Environment") or {}
    name = given.get("sagemaker_program") or _decode(environment["SAGEMAKER_PROGRAM"])
    where = given.get("sagemaker_submit_directory") or _decode(
        environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "null")
    )
    return str(name), where


def fetch_code(transfer: Transfer, where: str | None, opt_ml: Path) -> None:
    """Put the script and what is beside it into ``/opt/ml/code``.

    Raises:
        JobError: the archive cannot be read, or asks for packages that are not installed.
    """
    code = opt_ml / "code"
    code.mkdir(parents=True, exist_ok=True)
    if where is None:
        return
    if not where.startswith("s3://"):
        raise JobError(f"ClientError: sagemaker_submit_directory must be in S3, got {where}")
    archive = opt_ml.parent / "sourcedir.tar.gz"
    archive.write_bytes(transfer.read(where))
    unpack(archive, code)
    requirements = code / "requirements.txt"
    if requirements.is_file():
        _check_installed(requirements)


def command(name: str, arguments: list[str]) -> list[str]:
    """Return what runs the script, in ``/opt/ml/code``."""
    if name.endswith(".sh"):
        return ["/bin/bash", f"/opt/ml/code/{name}", *arguments]
    return ["python", f"/opt/ml/code/{name}", *arguments]


def arguments(hyperparameters: Mapping[str, Any]) -> list[str]:
    """Return the script's arguments: ``--name value``, ``-n value`` for a single letter."""
    result = []
    for name, value in sorted(hyperparameters.items()):
        result += [
            f"--{name}" if len(name) > 1 else f"-{name}",
            "" if value is None else str(value),
        ]
    return result


def environment(
    job: Job, name: str, hyperparameters: Mapping[str, Any], host: str, hosts: list[str]
) -> dict[str, str]:
    """Return the ``SM_*`` variables of the script's environment on one of the hosts."""
    channels = sorted(item["ChannelName"] for item in job.request.get("InputDataConfig") or [])
    resources = job.request["ResourceConfig"]
    resource_config = {
        "current_host": host,
        "current_instance_type": resources.get("InstanceType", ""),
        "hosts": hosts,
        "network_interface_name": "eth0",
    }
    inputs = {item["ChannelName"]: item for item in job.request.get("InputDataConfig") or []}
    values: dict[str, Any] = {
        "model_dir": "/opt/ml/model",
        "input_dir": "/opt/ml/input",
        "input_config_dir": "/opt/ml/input/config",
        "output_dir": "/opt/ml/output",
        "output_data_dir": "/opt/ml/output/data",
        "output_intermediate_dir": "/opt/ml/output/intermediate",
        "channels": channels,
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": 0,
        "num_neurons": 0,
        "hosts": hosts,
        "current_host": host,
        "current_instance_type": resources.get("InstanceType", ""),
        "network_interface_name": "eth0",
        "resource_config": resource_config,
        "input_data_config": inputs,
        "hps": dict(hyperparameters),
        "user_args": arguments(hyperparameters),
        "user_entry_point": name,
        "module_name": name.removesuffix(".py"),
        "module_dir": "/opt/ml/code",
        "log_level": 20,
        "framework_params": {},
    }
    result = {f"SM_{key.upper()}": _encode(value) for key, value in values.items()}
    for channel in channels:
        result[f"SM_CHANNEL_{channel.upper()}"] = f"/opt/ml/input/data/{channel}"
    for key, value in hyperparameters.items():
        result[f"SM_HP_{key.upper()}"] = _encode(value)
    training_env = {
        **values,
        "channel_input_dirs": {channel: f"/opt/ml/input/data/{channel}" for channel in channels},
        "hyperparameters": dict(hyperparameters),
        "job_name": job.name,
        "is_master": host == hosts[0],
        "master_hostname": hosts[0],
    }
    result["SM_TRAINING_ENV"] = json.dumps(training_env, default=str)
    return result


def _decode(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text)
    except ValueError:
        return text


def _encode(value: Any) -> str:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _check_installed(requirements: Path) -> None:
    for line in requirements.read_text().splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            wanted = Requirement(text)
            satisfied = wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)
        except (InvalidRequirement, metadata.PackageNotFoundError):
            satisfied = False
        if not satisfied:
            raise JobError(
                f"AlgorithmError: requirements.txt: {text} is not installed here, "
                "and the emulator installs no packages"
            )
