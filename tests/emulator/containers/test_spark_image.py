"""Spark's image: where it runs, and what its entry point takes. It runs itself in tests/spark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from infra.emulator.containers import images, smspark
from infra.emulator.containers.images import family_of
from infra.emulator.containers.model import UnknownImageError

IMAGE = "173754725891.dkr.ecr.us-east-1.amazonaws.com/sagemaker-spark-processing:3.5-cpu-py312-v1.3"


def test_without_pyspark_its_image_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "ROOT", tmp_path)
    with pytest.raises(UnknownImageError, match="pyspark is not installed: make spark"):
        family_of(IMAGE)


def test_with_pyspark_it_is_a_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / ".venv-spark/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(images, "ROOT", tmp_path)
    assert family_of(IMAGE).python == python


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--class", "Main", "app.jar"], "--class is not emulated"),
        (["--jars", "a.jar", "app.py"], "--jars is not emulated"),
        (["--conf", "a=b", "app.py"], "has no option --conf"),
        (["--py-files"], "has no option --py-files, or it lacks a value"),
        (["--py-files", "a.zip"], "must be given a program"),
    ],
)
def test_what_the_image_would_take_and_we_do_not_is_told(arguments: list[str], told: str) -> None:
    with pytest.raises(SystemExit, match=told):
        smspark.parse(arguments)


def test_a_folder_of_libraries_is_its_files(tmp_path: Path) -> None:
    for name in ("b.zip", "a.py"):
        (tmp_path / name).touch()
    options, program = smspark.parse(["--py-files", str(tmp_path), "app.py", "--py-files", "x"])
    assert options == ["--py-files", f"{tmp_path}/a.py,{tmp_path}/b.zip"]
    assert program == ["app.py", "--py-files", "x"]


def test_hosts_but_the_first_have_nothing_to_do(tmp_path: Path, mocker: MockerFixture) -> None:
    (tmp_path / "config").mkdir()
    resources = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}
    (tmp_path / "config/resourceconfig.json").write_text(json.dumps(resources))
    started = mocker.patch("subprocess.run")
    assert smspark.main(["app.py"], tmp_path) == 0
    started.assert_not_called()
