"""Jobs on several hosts: each is a process with its own ``/opt/ml``, and they reach one another."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from botocore.exceptions import ClientError

from infra.emulator.containers import runner
from infra.emulator.server import Emulator
from pipelines.build import pack
from tests.emulator.jobs.helpers import (
    BASE,
    BUCKET,
    channel,
    files_in,
    get,
    processing,
    put,
    read,
    run_processing,
    run_training,
    training,
    written,
)

TALK = """
import json, os, socket, sys
from pathlib import Path
config = json.loads(Path("/opt/ml/input/config/resourceconfig.json").read_text())
hosts, me = config["hosts"], config["current_host"]
assert json.loads(os.environ["SM_HOSTS"]) == hosts and os.environ["SM_CURRENT_HOST"] == me
assert socket.gethostname() == me
with socket.create_server((me, 4321)) as server:
    Path("/opt/ml/model", me).write_text(" ".join(sorted(os.listdir("/opt/ml/input/data/train"))))
    Path("/opt/ml/model/same").write_text(me)
    print("ready", me, flush=True)
    if me == hosts[0]:
        heard = []
        for _ in hosts[1:]:
            connection, _ = server.accept()
            heard.append(connection.recv(100).decode())
        Path("/opt/ml/model/heard").write_text(" ".join(sorted(heard)))
    else:
        while True:
            try:
                with socket.create_connection((hosts[0], 4321)) as connection:
                    connection.sendall(me.encode())
                break
            except ConnectionRefusedError:
                pass
"""


def cluster(count: int) -> dict[str, Any]:
    return {"InstanceCount": count, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}


@pytest.fixture
def rows(emulator: Emulator) -> str:
    for name in ("a", "b", "c"):
        put(emulator, f"data/sharded/{name}", name)
    return f"s3://{BUCKET}/data/sharded/"


def sharded(uri: str) -> dict[str, Any]:
    one = channel("train", uri)
    one["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    return one


@pytest.mark.parametrize("isolated", [False, True])
def test_hosts_share_the_data_find_one_another_and_leave_one_model(
    emulator: Emulator, rows: str, *, isolated: bool
) -> None:
    name = f"hosts-{isolated}".lower()
    asked = training(emulator, name, TALK, ResourceConfig=cluster(3))
    asked |= {"InputDataConfig": [sharded(rows)], "EnableNetworkIsolation": isolated}
    told = run_training(emulator, asked)
    assert told.get("FailureReason") is None
    assert files_in(get(emulator, f"models/{name}/output/model.tar.gz")) == {
        "algo-1": b"a",
        "algo-2": b"b",
        "algo-3": b"c",
        "heard": b"algo-2 algo-3",
        "same": b"algo-1",
    }


def test_the_failure_of_one_host_fails_the_job_and_ends_the_others(emulator: Emulator) -> None:
    script = """
import os, time
if os.environ["SM_CURRENT_HOST"] == "algo-2":
    open("/opt/ml/output/failure", "w").write("no memory on algo-2")
    raise SystemExit(3)
time.sleep(300)
"""
    told = run_training(
        emulator, training(emulator, "one-fails", script, ResourceConfig=cluster(2))
    )
    assert told["TrainingJobStatus"] == "Failed"
    assert "exit code: 3" in told["FailureReason"]
    assert told["FailureReason"].endswith("no memory on algo-2")


def test_every_host_has_its_log_and_metrics_are_those_of_all(emulator: Emulator) -> None:
    script = "import os; host = os.environ['SM_CURRENT_HOST']; print(host[-1] + '=0.5')"
    asked = training(emulator, "logs", script, ResourceConfig=cluster(2))
    asked["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "first", "Regex": "1=([0-9.]+)"},
        {"Name": "second", "Regex": "2=([0-9.]+)"},
    ]
    told = run_training(emulator, asked)
    assert {item["MetricName"] for item in told["FinalMetricDataList"]} == {"first", "second"}
    logs = emulator.context.client("logs", "us-east-1")
    streams = logs.describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="logs/"
    )["logStreams"]
    assert [one["logStreamName"].split("/")[1][:6] for one in streams] == ["algo-1", "algo-2"]


def test_processing_shares_the_data_too(emulator: Emulator, rows: str) -> None:
    script = """
import json, os
from pathlib import Path
me = json.loads(Path("/opt/ml/config/resourceconfig.json").read_text())["current_host"]
seen = " ".join(sorted(os.listdir("/opt/ml/processing/input/rows")))
Path("/opt/ml/processing/output", me).write_text(seen)
"""
    asked = processing(emulator, "shared", script)
    asked["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    asked["ProcessingInputs"].append(
        read("rows", rows, "/opt/ml/processing/input/rows", S3DataDistributionType="ShardedByS3Key")
    )
    asked["ProcessingOutputConfig"] = {
        "Outputs": [written("out", f"s3://{BUCKET}/shared", "/opt/ml/processing/output")]
    }
    told = run_processing(emulator, asked)
    assert told.get("FailureReason") is None
    seen = {name: get(emulator, f"shared/{name}").decode() for name in ("algo-1", "algo-2")}
    assert seen == {"algo-1": "a c", "algo-2": "b"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"InstanceCount": 17}, "InstanceCount must be 1-16 to be emulated, got 17"),
        (
            {"InstanceType": "ml.g5.xlarge", "VolumeKmsKeyId": "key"},
            "VolumeKmsKeyId must be left out for ml.g5.xlarge, which has local storage",
        ),
    ],
)
def test_instances_that_cannot_be_are_refused(
    emulator: Emulator, sagemaker: Any, change: dict[str, Any], message: str
) -> None:
    asked = training(emulator, "refused", "", ResourceConfig={**cluster(1), **change})
    with pytest.raises(ClientError, match=message):
        sagemaker.create_training_job(**asked)


BOOST = """
import json
import numpy as np
from pathlib import Path
from pipelines.shared.training import boosting
from pipelines.shared.training.cluster import checkpoint_folder, cluster
hosts = cluster()
data = np.load("/opt/ml/input/data/train/rows.npz")
features, labels = (data[name][hosts.rank :: hosts.size] for name in ("features", "labels"))
parameters = json.loads(Path("/opt/ml/input/data/train/parameters.json").read_text())
with boosting.together(hosts):
    model = boosting.fit(
        parameters, features, labels, 10, checkpoints=checkpoint_folder(), every=5
    )
if hosts.rank == 0:
    model.save_model("/opt/ml/model/model.json")
else:
    assert not list(checkpoint_folder().rglob("*.ubj"))
"""


def test_xgboost_trains_one_model_on_two_hosts(emulator: Emulator, tmp_path: Any) -> None:
    image = BASE.replace("sagemaker-base-python", "sagemaker-xgboost")
    draw = np.random.default_rng(3)
    features = draw.normal(size=(2000, 5)).astype(np.float32)
    labels = (features[:, 0] + draw.normal(size=2000) > 0).astype(int)
    parameters = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "seed": 1}
    np.savez(tmp_path / "rows.npz", features=features, labels=labels)
    put(emulator, "data/boost/rows.npz", (tmp_path / "rows.npz").read_bytes())
    put(emulator, "data/boost/parameters.json", json.dumps(parameters))
    code = pack("flights", tmp_path)
    put(emulator, "data/steps/steps.pyz", (tmp_path / "steps.pyz").read_bytes())
    asked = training(emulator, "boost", BOOST, ResourceConfig=cluster(2))
    asked["AlgorithmSpecification"]["TrainingImage"] = image
    asked |= {
        "EnableNetworkIsolation": False,
        "Environment": {"PYTHONPATH": "/opt/ml/input/data/steps/steps.pyz:/opt/ml/code"},
        "InputDataConfig": [
            channel("train", f"s3://{BUCKET}/data/boost/"),
            channel("steps", f"s3://{BUCKET}/data/steps/"),
        ],
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/boosted"},
    }
    assert code.steps
    told = run_training(emulator, asked)
    assert told.get("FailureReason") is None
    body = files_in(get(emulator, "models/boost/output/model.tar.gz"))["model.json"]
    together = xgb.Booster(model_file=bytearray(body))
    rows = xgb.DMatrix(features, label=labels)
    alone = xgb.train(parameters, rows, 10)
    assert np.corrcoef(together.predict(rows), alone.predict(rows))[0, 1] > 0.99
    listed = emulator.context.client("s3", "us-east-1").list_objects_v2(
        Bucket=BUCKET, Prefix="boosted/"
    )["Contents"]
    assert [one["Key"].rpartition("/")[2] for one in listed] == ["000005.ubj", "000010.ubj"]


def test_where_hosts_cannot_be_named_the_job_fails_in_words(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.emulator.containers.images import family_of  # noqa: PLC0415 - only here

    parent = runner(emulator.context).warm(family_of(BASE))
    parent.wait_ready()
    monkeypatch.setattr(parent, "namespace", False)
    told = run_training(emulator, training(emulator, "nameless", "", ResourceConfig=cluster(2)))
    assert "several hosts need mount namespaces" in told["FailureReason"]
