"""torch trains one model on several hosts, and goes on from its checkpoint.

torch is no dependency of this project, for its wheels bring gigabytes of CUDA: what needs it runs
in ``.venv-torch``, as the image's jobs do.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.emulator.server import Emulator
from pipelines.build import pack
from pipelines.packing import zipped
from pipelines.shared.training.cluster import Cluster
from pipelines.shared.training.torchrun import launcher, port
from tests.emulator.jobs.helpers import (
    BUCKET,
    ROLE,
    channel,
    files_in,
    get,
    put,
    run_training,
    wait_for_log,
)
from tests.emulator.jobs.test_spot import GROUP, interrupt
from tests.torch.environment import needs_torch

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.10.0-cpu-py313"
IMPORTS = 300
"""Seconds of patience: torch is read from disk by two processes of each host."""
STEP = Path(__file__).with_name("ddp_step.py")


def test_every_host_starts_torchs_launcher_for_its_own_place() -> None:
    hosts = Cluster(("127.0.0.1", "127.0.0.2"), "127.0.0.2")
    command = launcher(["train", "--epochs", "3"], hosts, 8)
    assert command[:6] == [
        *("-m", "torch.distributed.run", "--nnodes=2", "--node_rank=1", "--nproc_per_node=8"),
        "--master_addr=127.0.0.1",
    ]
    assert command[-3:] == ["train", "--epochs", "3"]


def test_a_launch_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="step must be given"):
        launcher([], Cluster(), 1)


def test_jobs_meet_on_ports_of_their_own() -> None:
    assert port("a") != port("b")
    assert 20_000 <= port("") < 30_000


@pytest.fixture(scope="module")
def code(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The archive of a use case, with the example among its steps."""
    folder = tmp_path_factory.mktemp("code")
    pack("flights", folder)
    with zipfile.ZipFile(io.BytesIO((folder / "steps.pyz").read_bytes())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["pipelines/flights/steps/ddp.py"] = STEP.read_bytes()
    return put(emulator, "code/torch/steps.pyz", zipped(files))


def request(name: str, code: str, hosts: int, *more: str, spot: bool = False) -> dict[str, Any]:
    entry = ["python3", "/opt/ml/input/data/code/steps.pyz", "torchrun", "ddp", *more]
    stopping = {"MaxRuntimeInSeconds": IMPORTS, **({"MaxWaitTimeInSeconds": 600} if spot else {})}
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": entry,
        },
        "Environment": {
            "OMP_NUM_THREADS": "1",
            # A machine with a GPU has one: the hosts here would share it.
            "CUDA_VISIBLE_DEVICES": "",
        },
        "InputDataConfig": [channel("code", code)],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceCount": hosts, "InstanceType": "ml.c5.xlarge"},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/torch/{name}"},
        "EnableManagedSpotTraining": spot,
        # Its hosts see a network of their own, and no AWS.
        "EnableNetworkIsolation": True,
        "StoppingCondition": stopping,
    }


def trained(emulator: Emulator, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    files = files_in(get(emulator, f"models/{name}/output/model.tar.gz"))
    return json.loads(files["model.json"]), json.loads(files["told.json"])


@pytest.mark.torch
@needs_torch
def test_two_hosts_train_the_model_of_one_and_resume_to_the_same_bytes(
    emulator: Emulator, sagemaker: Any, code: str
) -> None:
    alone = run_training(emulator, request("torch-1", code, 1), timeout=IMPORTS)
    assert alone.get("FailureReason") is None
    together = run_training(emulator, request("torch-2", code, 2), timeout=IMPORTS)
    assert together.get("FailureReason") is None
    (one, _), (two, told) = trained(emulator, "torch-1"), trained(emulator, "torch-2")
    assert told["processes"] == 2
    for name, values in one.items():
        assert two[name] == [pytest.approx(value, abs=1e-5) for value in values], name

    sagemaker.create_training_job(**request("torch-3", code, 2, "--pause-at", "3", spot=True))
    wait_for_log(emulator, GROUP, "epoch 3 loss", stream="torch-3/")
    assert interrupt(emulator, "torch-3", 60)[0] == 200
    emulator.settle(timeout=IMPORTS)
    resumed, told = trained(emulator, "torch-3")
    assert told["begun"] == 3, "it went on after the third epoch"
    assert resumed == two
