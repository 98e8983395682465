"""A training job gets channels and hyperparameters, and leaves model, output and metrics."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.emulator.server import Emulator
from tests.emulator.jobs.helpers import (
    BUCKET,
    channel,
    files_in,
    get,
    put,
    run_training,
    training,
)

TRAIN = """
import argparse, json, os
from pathlib import Path
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
parser.add_argument("--name")
arguments = parser.parse_args()
rows = Path(os.environ["SM_CHANNEL_TRAIN"], "rows.csv").read_text()
hps = json.loads(os.environ["SM_HPS"])
config = json.loads(Path("/opt/ml/input/config/hyperparameters.json").read_text())
Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text(f"{rows} {arguments.depth} {hps['name']}")
Path(os.environ["SM_OUTPUT_DATA_DIR"], "seen.json").write_text(json.dumps(
    [os.getcwd(), os.environ["SM_CHANNELS"], os.environ["SM_HP_DEPTH"], config["depth"]]))
checkpoint = Path("/opt/ml/checkpoints/step")
before = checkpoint.read_text() if checkpoint.exists() else ""
checkpoint.write_text(before + "x")
print("auc=0.5"); print("auc=0.75; loss=3e-2")
"""


def request(emulator: Emulator, name: str, script: str = TRAIN, **changes: Any) -> dict[str, Any]:
    rows = put(emulator, "data/train/rows.csv", "1,2")
    changes.setdefault("InputDataConfig", [channel("train", rows)])
    return training(emulator, name, script, **changes)


def test_a_script_trains(emulator: Emulator) -> None:
    asked = request(emulator, "good", HyperParameters={"depth": "3", "name": '"oak"'})
    asked["CheckpointConfig"] = {"S3Uri": f"s3://{BUCKET}/checkpoints"}
    put(emulator, "checkpoints/step", "old")
    asked["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "auc", "Regex": r"auc=([0-9.]+)"},
        {"Name": "loss", "Regex": r"loss=([0-9.e-]+)"},
        {"Name": "absent", "Regex": r"absent=([0-9.]+)"},
    ]
    told = run_training(emulator, asked)
    assert (told["TrainingJobStatus"], told["SecondaryStatus"], told.get("FailureReason")) == (
        "Completed",
        "Completed",
        None,
    )
    artifacts = told["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifacts == f"s3://{BUCKET}/models/good/output/model.tar.gz"
    model = files_in(get(emulator, "models/good/output/model.tar.gz"))
    assert model == {"model.txt": b"1,2 3 oak"}
    output = files_in(get(emulator, "models/good/output/output.tar.gz"))["seen.json"]
    assert json.loads(output) == ["/opt/ml/code", '["train"]', "3", "3"]
    metrics = {item["MetricName"]: item["Value"] for item in told["FinalMetricDataList"]}
    assert metrics == pytest.approx({"auc": 0.75, "loss": 0.03})
    assert get(emulator, "checkpoints/step") == b"oldx"
    assert told["BillableTimeInSeconds"] >= 1


def test_the_failure_file_is_the_reason(emulator: Emulator) -> None:
    script = "open('/opt/ml/output/failure', 'w').write('labels are empty'); raise SystemExit(4)"
    told = run_training(emulator, request(emulator, "bad", script))
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Failed", "Failed")
    assert "exit code: 4" in told["FailureReason"]
    assert told["FailureReason"].endswith(": labels are empty")
    assert "ModelArtifacts" not in told or not told["ModelArtifacts"]


def test_past_its_limit_the_model_so_far_is_kept(emulator: Emulator) -> None:
    script = "import time; open('/opt/ml/model/half', 'w').write('x'); time.sleep(60)"
    asked = request(emulator, "slow", script)
    asked["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    told = run_training(emulator, asked)
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert files_in(get(emulator, "models/slow/output/model.tar.gz")) == {"half": b"x"}


def test_requirements_that_are_not_installed_fail_in_words(emulator: Emulator) -> None:
    asked = request(emulator, "needs")
    from tests.emulator.jobs.helpers import sourcedir  # noqa: PLC0415 - only here

    files = {"train.py": "", "requirements.txt": "no-such-package==1\n"}
    put(emulator, "code/needs/sourcedir.tar.gz", sourcedir(files))
    told = run_training(emulator, asked)
    assert "no-such-package==1 is not installed here" in told["FailureReason"]


def test_pipe_mode_is_refused(emulator: Emulator, sagemaker: Any) -> None:
    asked = request(emulator, "pipe")
    asked["AlgorithmSpecification"]["TrainingInputMode"] = "Pipe"
    with pytest.raises(ClientError, match="input mode Pipe is not emulated"):
        sagemaker.create_training_job(**asked)


def test_a_built_in_algorithm_is_refused(emulator: Emulator, sagemaker: Any) -> None:
    asked = request(emulator, "builtin") | {"HyperParameters": {"num_round": "3"}}
    with pytest.raises(ClientError, match="give sagemaker_program"):
        sagemaker.create_training_job(**asked)


def test_the_drivers_of_the_sdk_run_a_script(emulator: Emulator) -> None:
    """As ``ModelTrainer`` compiles it: a shell script and drivers in a channel of their own."""
    spec = find_spec("sagemaker.train")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package = Path(spec.submodule_search_locations[0])
    for path in (package / "container_drivers").rglob("*.py"):
        key = path.relative_to(package / "container_drivers").as_posix()
        put(emulator, f"drivers/{key}", path.read_bytes())
    source = (package / "templates.py").read_text()
    names: dict[str, str] = {}
    exec(compile(source, "templates", "exec"), names)  # noqa: S102 - constants of the SDK
    script = names["TRAIN_SCRIPT_TEMPLATE"].format(
        working_dir="cd /opt/ml/input/data/code",
        install_requirements="",
        execute_driver=names["EXEUCTE_DISTRIBUTED_DRIVER"].format(
            driver_name="Basic Script", driver_script="basic_script_driver.py"
        ),
    )
    put(emulator, "drivers/sm_train.sh", script)
    put(
        emulator,
        "drivers/sourcecode.json",
        json.dumps({"source_dir": "src", "entry_script": "train.py"}),
    )
    put(emulator, "drivers/distributed.json", "{}")
    train = "import sys; open('/opt/ml/model/m', 'w').write(' '.join(sys.argv[1:]))"
    code = put(emulator, "src/train.py", train).removesuffix("train.py")
    asked = request(emulator, "trainer") | {"HyperParameters": {"depth": "3"}}
    asked["InputDataConfig"] = [
        channel("code", code),
        channel("sm_drivers", f"s3://{BUCKET}/drivers"),
    ]
    driver = "/opt/ml/input/data/sm_drivers/sm_train.sh"
    asked["AlgorithmSpecification"] |= {
        "ContainerEntrypoint": ["/bin/bash"],
        "ContainerArguments": ["-c", f"chmod +x {driver} && {driver}"],
    }
    told = run_training(emulator, asked)
    assert told.get("FailureReason") is None
    assert files_in(get(emulator, "models/trainer/output/model.tar.gz")) == {"m": b"--depth 3"}
