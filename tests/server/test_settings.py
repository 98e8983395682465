"""What the environment says, and where predictions are computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.server.device import choose, prepare
from pipelines.server.health import healthy
from pipelines.server.settings import Settings, cores


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"MAX_BATCH_ROWS": "0"}, "MAX_BATCH_ROWS must be 1 to 65536, got 0"),
        ({"MAX_BATCH_ROWS": "many"}, "MAX_BATCH_ROWS must be 1 to 65536, got many"),
        ({"MAX_BATCH_ROWS": "1.5"}, "MAX_BATCH_ROWS must be a whole number, got 1.5"),
        ({"MAX_DELAY_MS": "-1"}, "MAX_DELAY_MS must be 0 to 60000, got -1"),
        ({"REQUEST_TIMEOUT_SECONDS": "nan"}, "must be 0.001 to 3600, got nan"),
        ({"SAGEMAKER_BIND_TO_PORT": "0"}, "SAGEMAKER_BIND_TO_PORT must be 1 to 65535, got 0"),
        ({"MODEL_DATA_URL": "https://a/b"}, "must be s3://BUCKET/KEY, got https://a/b"),
        ({"SAGEMAKER_SUBMIT_DIRECTORY": "s3://a/b"}, "must be a folder, got s3://a/b"),
        ({"DEVICE": "tpu"}, "DEVICE must be one of auto, cpu, cuda, got tpu"),
    ],
)
def test_a_value_that_a_setting_does_not_take_is_told(
    environment: dict[str, str], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        Settings.read(environment)


def test_without_any_it_serves_what_sagemaker_mounts() -> None:
    settings = Settings.read({"SAGEMAKER_PROGRAM": "", "MAX_BATCH_ROWS": ""})
    assert (settings.model_dir, settings.code_dir) == (
        Path("/opt/ml/model"),
        Path("/opt/ml/model/code"),
    )
    assert (settings.program, settings.port, settings.max_batch_rows) == ("inference.py", 8080, 64)


def test_a_core_is_left_to_reading_and_writing() -> None:
    assert Settings.read({}).num_threads == max(1, cores() - 1)


@pytest.mark.parametrize(
    ("device", "available", "chosen"),
    [
        ("auto", True, "cuda"),
        ("auto", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_a_gpu_is_used_where_there_is_one(device: str, available: bool, chosen: str) -> None:  # noqa: FBT001 - pytest's
    assert choose(device, lambda: available) == chosen


def test_a_gpu_that_is_not_there_is_no_reason_to_go_on_without() -> None:
    with pytest.raises(ValueError, match="DEVICE must be cpu or auto where no GPU is visible"):
        choose("cuda", lambda: False)


def test_who_wants_the_cpu_sees_no_gpu() -> None:
    environment = {"OMP_NUM_THREADS": "8"}
    prepare("cpu", 3, environment)
    assert environment == {
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "8",
        "MKL_NUM_THREADS": "3",
        "OPENBLAS_NUM_THREADS": "3",
    }
    environment = {}
    prepare("auto", 3, environment)
    assert "CUDA_VISIBLE_DEVICES" not in environment


def test_a_server_that_is_not_there_is_not_healthy() -> None:
    assert not healthy(1)
